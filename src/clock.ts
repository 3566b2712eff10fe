/** Monotonic milliseconds: for durations, not for timestamps. */
export const monotonicNow = (): number => performance.now();
