/** What one message says from its place in the queue to its picture, and for those who cannot see the picture. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buttonOf, over, startLine, type Line, type Snapshot } from './bot-line.js';

let line: Line;
beforeAll(async () => {
  line = await startLine({ stepMs: 60 });
});
afterAll(() => line.stop());

type Call = Parameters<Line['sandbox']['command']>[0];
const run = async (call: Call): Promise<Snapshot> => (await line.sandbox.command(call)).until(over);
const idOf = (shown: Snapshot) => buttonOf(shown, 'remix').split(':')[2]!;

for (const [name, options, measure] of [
  ['dream', {}, 'activation'],
  ['style', { preset: 'ink' }, 'loss'],
] as const)
  it(`/${name} grows with scale, step, ${measure} and time left, and can be cancelled until it is done`, async () => {
    const made = await line.sandbox.command({ name, options: { image: line.image, ...options } });
    const last = await made.until(over);
    const unfinished = made.history.filter(({ content }) => content !== '').slice(0, -1);
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

it('every picture has words for those who cannot see it', async () => {
  const { sandbox } = line;
  const wall = sandbox.addChannel({ guild: sandbox.guilds[0]!.id, name: 'wall' }).id;
  await run({ name: 'settings gallery', options: { where: wall, stars: 1 } });
  const made = await sandbox.command({ name: 'dream', options: { image: line.image } });
  const shown = await made.until(over);
  const told = [...made.history];
  for (const action of ['losses', 'growth', 'original', 'star', 'copy', 'spoiler', 'again']) {
    const pressed = await sandbox.component({ message: shown.id, customId: buttonOf(shown, action) });
    await pressed.answered();
    if (action !== 'spoiler') await pressed.until(over);
    told.push(...pressed.history);
  }
  for (const name of ['gallery', 'show']) {
    const answer = await sandbox.command({ name, options: name === 'show' ? { job: idOf(shown) } : {} });
    await answer.until(over);
    told.push(...answer.history);
  }
  await expect.poll(() => sandbox.messages(wall)).toHaveLength(1);
  const direct = (await run({ name: 'help', guild: null })).channelId;
  told.push(...([wall, direct].flatMap((channel) => sandbox.messages(channel)) as Snapshot[]));
  const files = told.flatMap(({ attachments }) => attachments);
  // Frames and result, losses, growth, original, the copy, the hidden one, again, the gallery, the starboard, /show.
  expect(new Set(files.map(({ id }) => id)).size).toBeGreaterThanOrEqual(11);
  for (const { description, filename } of files) expect(description, filename).toMatch(/\w+ \w+/);
});
