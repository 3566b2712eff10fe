/** The machine's clock is set: time that passes goes on passing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Often } from './often.js';
import { Publisher } from './publisher.js';

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
    const often = new Often(1, 40);
    expect(often.allows('a')).toBe(true);
    vi.setSystemTime(Date.now() + by);
    expect(often.allows('a')).toBe(false);
    await sleep(60);
    expect(often.allows('a')).toBe(true);
  });

  it(`${way}: a message is edited on, at its pace`, async () => {
    const sent: string[] = [];
    const publisher = new Publisher({ intervalMs: 50, onError: () => undefined });
    const edit = (name: string) => () => {
      sent.push(name);
      return Promise.resolve();
    };
    await publisher.first(edit('first'));
    vi.setSystemTime(Date.now() + by);
    publisher.show(edit('next'));
    await Promise.resolve();
    expect(sent).toEqual(['first']);
    await expect.poll(() => sent).toEqual(['first', 'next']);
  });
}
