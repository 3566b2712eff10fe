/** Headers as Discord sends them, and a 429 for whoever does not read them. Real time: clients wait in it. */
const LIMIT = 50;
const WINDOW_MS = 1_000;

export class RateLimits {
  private readonly windows = new Map<string, { until: number; left: number }>();

  /** Counts one request; `retryAfter` in seconds when it is one too many. */
  count(method: string, path: string): { headers: Record<string, string>; retryAfter?: number } {
    // The first id is part of the bucket, the later ones are not.
    const bucket = `${method} ${path.replace(/(\/\w+\/[^/]+\/)(.*)/, (_all, head: string, rest: string) => head + rest.replace(/\d{15,}/g, ':id'))}`;
    const time = Date.now();
    let window = this.windows.get(bucket);
    if (!window || window.until <= time) {
      window = { until: time + WINDOW_MS, left: LIMIT };
      this.windows.set(bucket, window);
    }
    window.left -= 1;
    const resetAfter = (window.until - time) / 1000;
    const headers = {
      'x-ratelimit-limit': String(LIMIT),
      'x-ratelimit-remaining': String(Math.max(0, window.left)),
      'x-ratelimit-reset': (window.until / 1000).toFixed(3),
      'x-ratelimit-reset-after': resetAfter.toFixed(3),
      'x-ratelimit-bucket': Buffer.from(bucket).toString('base64url').slice(-32),
    };
    return window.left < 0 ? { headers, retryAfter: resetAfter } : { headers };
  }
}
