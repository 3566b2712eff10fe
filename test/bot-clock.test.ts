/** The machine's clock is set while pictures are painted: a day back, a day forward. Timers and Discord's clock go on. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { over, startLine, type Line } from './bot-line.js';

const DAY = 24 * 3_600_000;
const here = performance.timeOrigin;

describe.each([
  ['back', -DAY],
  ['forward', DAY],
] as const)('a clock that is set %s', (_way, by) => {
  let line: Line;
  beforeEach(async () => {
    line = await startLine({ stepMs: 100, steps: 8, now: () => here + performance.now() });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await line.stop();
  });

  it('changes no order, loses no picture, and outlives no token', async () => {
    // Where only one person installed the app there is no other way than the token.
    const guild = line.sandbox.addGuild({ name: 'Abroad', installed: false }).id;
    const ask = (seed: number) =>
      line.sandbox.command({ name: 'dream', guild, options: { image: line.image, seed } });
    const first = await ask(1);
    await first.until(({ attachments }) => attachments.length > 0);
    const second = await ask(2);
    await second.until(({ components }) => components.length > 0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + by });
    const framesBefore = first.history.length;
    const third = await ask(3);
    for (const made of [first, second, third])
      expect((await made.until(over, 15_000)).attachments).toHaveLength(1);
    expect(first.history.length).toBeGreaterThan(framesBefore + 1);
    expect(line.renderer.rendered).toEqual([1, 2, 3]);
    const states = () => line.store.newest(3).map(({ state }) => state);
    await expect.poll(states).toEqual(['completed', 'completed', 'completed']);
  });
});
