/** The text of a message from its place in the queue to its picture, and the alt text of pictures. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buttonOf, isFinal, startTestBot, type TestBot, type Snapshot } from './test-bot.js';

let testBot: TestBot;
beforeAll(async () => {
  testBot = await startTestBot({ stepMs: 250 });
});
afterAll(() => testBot.stop());

type Call = Parameters<TestBot['sandbox']['command']>[0];
const run = async (call: Call): Promise<Snapshot> => (await testBot.sandbox.command(call)).until(isFinal);
const jobIdOf = (shown: Snapshot) => buttonOf(shown, 'remix').split(':')[2]!;

for (const [name, options, measure] of [
  ['dream', {}, 'activation'],
  ['style', { preset: 'ink' }, 'loss'],
] as const)
  it(`/${name} shows scale, step, ${measure} and time left, and can be cancelled until it is done`, async () => {
    const invocation = await testBot.sandbox.command({ name, options: { image: testBot.image, ...options } });
    const last = await invocation.until(isFinal);
    const unfinished = invocation.history.filter(({ content }) => content !== '').slice(0, -1);
    for (const state of unfinished) expect(() => buttonOf(state, 'cancel')).not.toThrow();
    expect(() => buttonOf(last, 'cancel')).toThrow();
    const frames = unfinished.filter(({ attachments }) => attachments.length > 0);
    expect(frames.length).toBeGreaterThanOrEqual(2);
    for (const { content, at } of frames) {
      // After step n of 3 the renderer has 10 - n left to lose and 3 - n seconds to go.
      const [, step, loss, expected] = new RegExp(
        `scale 1/1 · step (\\d)/3 · ${measure} (\\d) · expected (.*)$`,
      ).exec(content)!;
      expect(Number(step) + Number(loss)).toBe(10);
      // A moment that has passed is not counted down to: Discord would count up.
      if (step === '3') expect(expected).toBe('any moment');
      else {
        const left = Number(/^<t:(\d+):R>$/.exec(expected!)![1]) - at / 1000;
        expect(left).toBeGreaterThan(3 - Number(step) - 1);
        expect(left).toBeLessThan(3 - Number(step) + 2);
      }
    }
  });

it('every picture has alt text', async () => {
  const { sandbox } = testBot;
  const wall = sandbox.addChannel({ guild: sandbox.guilds[0]!.id, name: 'wall' }).id;
  await run({ name: 'settings gallery', options: { where: wall, stars: 1 } });
  const invocation = await sandbox.command({ name: 'dream', options: { image: testBot.image } });
  const shown = await invocation.until(isFinal);
  const snapshots = [...invocation.history];
  for (const action of ['losses', 'growth', 'original', 'star', 'copy', 'spoiler', 'again']) {
    const pressed = await sandbox.component({ message: shown.id, customId: buttonOf(shown, action) });
    await pressed.answered();
    if (action !== 'spoiler') await pressed.until(isFinal);
    snapshots.push(...pressed.history);
  }
  for (const name of ['gallery', 'show']) {
    const answer = await sandbox.command({ name, options: name === 'show' ? { job: jobIdOf(shown) } : {} });
    await answer.until(isFinal);
    snapshots.push(...answer.history);
  }
  await expect.poll(() => sandbox.messages(wall)).toHaveLength(1);
  const direct = (await run({ name: 'help', guild: null })).channelId;
  snapshots.push(...([wall, direct].flatMap((channel) => sandbox.messages(channel)) as Snapshot[]));
  const files = snapshots.flatMap(({ attachments }) => attachments);
  // Frames and result, losses, growth, original, the copy, the hidden one, again, the gallery, the starboard, /show.
  expect(new Set(files.map(({ id }) => id)).size).toBeGreaterThanOrEqual(11);
  for (const { description, filename } of files) expect(description, filename).toMatch(/\w+ \w+/);
});
