/** The machine's clock is set: time that passes goes on passing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RateLimiter } from './jobs/rate-limiter.js';
import { EditThrottle } from './bot/messages/edit-throttle.js';

const DAY = 24 * 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

for (const [way, by] of [
  ['back', -DAY],
  ['forward', DAY],
] as const) {
  it(`${way}: who did too much may go on when the span is over`, async () => {
    const rateLimiter = new RateLimiter(1, 40);
    expect(rateLimiter.allows('a')).toBe(true);
    vi.setSystemTime(Date.now() + by);
    expect(rateLimiter.allows('a')).toBe(false);
    await sleep(60);
    expect(rateLimiter.allows('a')).toBe(true);
  });

  it(`${way}: a message is edited on, at its pace`, async () => {
    const sent: string[] = [];
    const throttle = new EditThrottle({ intervalMs: 50, onError: () => undefined });
    const edit = (name: string) => () => {
      sent.push(name);
      return Promise.resolve();
    };
    await throttle.first(edit('first'));
    vi.setSystemTime(Date.now() + by);
    throttle.show(edit('next'));
    await Promise.resolve();
    expect(sent).toEqual(['first']);
    await expect.poll(() => sent).toEqual(['first', 'next']);
  });
}
