import { monotonicNow } from '../clock.js';

/** Limits how often a member may do something within a sliding window of time. */
export class RateLimiter {
  readonly #times = new Map<string, number[]>();

  constructor(
    private readonly limit: number,
    private readonly windowMs: number,
    private readonly now = monotonicNow,
  ) {}

  /** False if the limit is reached. Otherwise this use is counted. */
  allows(userId: string): boolean {
    const since = this.now() - this.windowMs;
    for (const [id, times] of this.#times) if (times.at(-1)! <= since) this.#times.delete(id);
    const recent = (this.#times.get(userId) ?? []).filter((time) => time > since);
    if (recent.length >= this.limit) return false;
    this.#times.set(userId, [...recent, this.now()]);
    return true;
  }
}
