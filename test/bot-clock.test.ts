/** The machine's clock is set a day back or forward while pictures are being rendered. Timers and Discord's clock are unaffected. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isFinal, startTestBot, type TestBot } from './test-bot.js';

const DAY = 24 * 3_600_000;
const startTime = performance.timeOrigin;

describe.each([
  ['back', -DAY],
  ['forward', DAY],
] as const)('a clock that is set %s', (_way, offset) => {
  let testBot: TestBot;
  beforeEach(async () => {
    testBot = await startTestBot({ stepMs: 100, steps: 8, now: () => startTime + performance.now() });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await testBot.stop();
  });

  it('does not affect the order, lose a picture, or extend a token', async () => {
    // Where only one person installed the app there is no other way than the token.
    const guild = testBot.sandbox.addGuild({ name: 'Abroad', installed: false }).id;
    const requestDream = (seed: number) =>
      testBot.sandbox.command({ name: 'dream', guild, options: { image: testBot.image, seed } });
    const first = await requestDream(1);
    await first.until(({ attachments }) => attachments.length > 0);
    const second = await requestDream(2);
    await second.until(({ components }) => components.length > 0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offset });
    const framesBefore = first.history.length;
    const third = await requestDream(3);
    for (const invocation of [first, second, third])
      expect((await invocation.until(isFinal, 15_000)).attachments).toHaveLength(1);
    expect(first.history.length).toBeGreaterThan(framesBefore + 1);
    expect(testBot.renderer.rendered).toEqual([1, 2, 3]);
    const states = () => testBot.storage.newest(3).map(({ state }) => state);
    await expect.poll(states).toEqual(['completed', 'completed', 'completed']);
  });
});
