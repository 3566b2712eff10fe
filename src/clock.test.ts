/** Durations do not depend on the machine's clock, which may be set while the bot runs. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RateLimiter } from './jobs/rate-limiter.js';
import { EditThrottle } from './bot/messages/edit-throttle.js';

const DAY = 24 * 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

for (const [way, by] of [
  ['back', -DAY],
  ['forward', DAY],
] as const) {
  it(`clock set ${way}: a rate limit ends when its window has passed`, () => {
    const rateLimiter = new RateLimiter(1, 40);
    expect(rateLimiter.allows('a')).toBe(true);
    vi.setSystemTime(Date.now() + by);
    expect(rateLimiter.allows('a')).toBe(false);
    vi.advanceTimersByTime(40);
    expect(rateLimiter.allows('a')).toBe(true);
  });

  it(`clock set ${way}: a message is edited at its interval`, async () => {
    const sent: string[] = [];
    const throttle = new EditThrottle({ intervalMs: 50, onError: () => undefined });
    const edit = (name: string) => () => {
      sent.push(name);
      return Promise.resolve();
    };
    await throttle.first(edit('first'));
    vi.setSystemTime(Date.now() + by);
    throttle.show(edit('next'));
    await vi.advanceTimersByTimeAsync(49);
    expect(sent).toEqual(['first']);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual(['first', 'next']);
  });
}
