/** Milliseconds that no jump of the machine's clock moves: for how long, never for when. */
export const monotonicNow = (): number => performance.now();
