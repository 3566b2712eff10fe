/** Rate limits with Discord's headers. They count in real time, because clients wait in real time. */
import { LRUCache } from 'lru-cache';

const REQUESTS_PER_WINDOW = 50;
const WINDOW_MS = 1_000;
/** The least recently used buckets are forgotten beyond this number. */
const MAX_BUCKETS = 10_000;

export class RateLimits {
  private readonly windows = new LRUCache<string, { endsAt: number; left: number }>({
    max: MAX_BUCKETS,
    ttl: WINDOW_MS,
  });

  /** Counts one request. `retryAfter`, in seconds, is set when it exceeds the limit. */
  count(method: string, path: string): { headers: Record<string, string>; retryAfter?: number } {
    const bucket = bucketOf(method, path);
    const now = Date.now();
    let window = this.windows.get(bucket);
    if (!window) {
      window = { endsAt: now + WINDOW_MS, left: REQUESTS_PER_WINDOW };
      this.windows.set(bucket, window);
    }
    window.left -= 1;
    const resetAfter = Math.max(0, window.endsAt - now) / 1000;
    const headers = {
      'x-ratelimit-limit': String(REQUESTS_PER_WINDOW),
      'x-ratelimit-remaining': String(Math.max(0, window.left)),
      'x-ratelimit-reset': (window.endsAt / 1000).toFixed(3),
      'x-ratelimit-reset-after': resetAfter.toFixed(3),
      'x-ratelimit-bucket': Buffer.from(bucket).toString('base64url').slice(-32),
    };
    return window.left < 0 ? { headers, retryAfter: resetAfter } : { headers };
  }
}

/** Requests share a bucket when they differ only in ids after the first, such as a channel's messages. */
function bucketOf(method: string, path: string): string {
  const [, resource = '', rest = path] = /^(\/\w+\/[^/]+\/)(.*)$/.exec(path) ?? [];
  return `${method} ${resource}${rest.replace(/\d{15,}/g, ':id')}`;
}
