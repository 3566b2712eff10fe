import { monotonicNow } from '../clock.js';

/** Lets a person do so many things within a span of time, and no more. */
export class RateLimiter {
  readonly #times = new Map<string, number[]>();

  constructor(
    private readonly most: number,
    private readonly spanMs: number,
    private readonly now = monotonicNow,
  ) {}

  /** False when it is one too many. */
  allows(userId: string): boolean {
    const since = this.now() - this.spanMs;
    for (const [id, times] of this.#times) if (times.at(-1)! <= since) this.#times.delete(id);
    const recent = (this.#times.get(userId) ?? []).filter((time) => time > since);
    if (recent.length >= this.most) return false;
    this.#times.set(userId, [...recent, this.now()]);
    return true;
  }
}
