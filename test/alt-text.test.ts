/** Descriptions for people who cannot see a picture, as Discord receives them from a real discord.js client. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buttonOf, isFinal, startTestBot, type Invocation, type TestBot, type Snapshot } from './test-bot.js';

let testBot: TestBot;
beforeAll(async () => {
  testBot = await startTestBot({ stepMs: 60 });
});
afterAll(() => testBot.stop());

type Call = Partial<Parameters<TestBot['sandbox']['command']>[0]>;
const ask = (call: Call) => testBot.sandbox.command({ name: 'dream', ...call });
const shownBy = async (call: Call) => (await ask(call)).until(isFinal);

/** What the picture of the embed is described as. */
const described = ({ embeds }: Snapshot) =>
  (embeds as { image: { url: string; description?: string } }[])[0]?.image.description;
const attached = ({ attachments }: Snapshot) => attachments.map(({ description }) => description);

describe('the picture of an embed is described in a sentence', () => {
  const image = () => testBot.image;
  const cases: [string, () => Call, string][] = [
    [
      'a style',
      () => ({ name: 'style', options: { image: image(), preset: 'woodcut' } }),
      'A picture repainted in the style of “Woodcut waves”',
    ],
    [
      'the style of a picture',
      () => ({ name: 'style', options: { image: image(), style: image() } }),
      'A picture repainted in the style of another picture',
    ],
    [
      'two styles',
      () => ({
        name: 'style',
        options: { image: image(), preset: 'mosaic', second_style: image(), mix: 30 },
      }),
      'A picture repainted in the style of “Mosaic” (70%) and another picture (30%)',
    ],
    ['a dream', () => ({ options: { image: image() } }), 'A picture turned into a dream'],
    [
      'a dream of a layer that is known',
      () => ({ options: { image: image(), layer: 'conv2' } }),
      'A picture turned into a dream of eyes (layer conv2)',
    ],
    [
      'a dream of a layer that is not',
      () => ({ options: { image: image(), layer: 'conv1' } }),
      'A picture turned into a dream of what layer conv1 looks for',
    ],
    [
      'a dream of a channel',
      () => ({ options: { image: image(), layer: 'conv2', channel: 5 } }),
      'A picture turned into a dream of what channel 5 of layer conv2 looks for',
    ],
    [
      'a guided dream',
      () => ({ options: { image: image(), layer: 'conv2', guide: image() } }),
      'A picture turned into a dream guided by another picture (layer conv2)',
    ],
    [
      'a zoom',
      () => ({ options: { image: image(), layer: 'conv2', zoom: 2 } }),
      'A picture turned into a dream of eyes (layer conv2), as an animation that zooms in',
    ],
    [
      'a layer',
      () => ({ name: 'visualise', options: { layer: 'conv2' } }),
      'What layer conv2 looks for: eyes',
    ],
    [
      'a channel',
      () => ({ name: 'visualise', options: { layer: 'conv2', channel: 3 } }),
      'What channel 3 of layer conv2 looks for',
    ],
    [
      'several channels',
      () => ({ name: 'visualise', options: { layer: 'conv2', channel: 3, count: 4 } }),
      'What channels 3–6 of layer conv2 look for, side by side',
    ],
    [
      'activations',
      () => ({ name: 'visualise', options: { layer: 'conv2', image: image() } }),
      'The activations of a picture in layer conv2',
    ],
    [
      'a style, in German',
      () => ({ name: 'style', options: { image: image(), preset: 'mosaic' }, locale: 'de' }),
      'Ein Bild, neu gemalt im Stil von „Mosaik“',
    ],
    [
      'a dream, in Japanese',
      () => ({ options: { image: image(), layer: 'conv2' }, locale: 'ja' }),
      '画像から生まれた夢：目（層 conv2）',
    ],
  ];
  for (const [what, call, sentence] of cases)
    it(what, async () => {
      const shown = await shownBy(call());
      expect(described(shown)).toBe(sentence);
      expect(attached(shown)).toEqual([sentence]);
    });

  it('also while it is unfinished, and says how far it is', async () => {
    const invocation: Invocation = await ask({
      name: 'style',
      options: { image: testBot.image, preset: 'mosaic' },
    });
    await invocation.until(isFinal);
    const frames = invocation.history.filter(({ content }) => /step \d\/3/.test(content));
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames) {
      const [, step] = /step (\d)\/3/.exec(frame.content)!;
      const sentence = `A picture repainted in the style of “Mosaic”, not finished yet: step ${step} of 3`;
      expect(described(frame)).toBe(sentence);
      expect(attached(frame)).toEqual([sentence]);
    }
  });

  it('with the title of an own style as it is, no markdown and no placeholders', async () => {
    const user = testBot.sandbox.addUser({ name: 'Owner' }).id;
    const title = '*star* + $t(about.text) {{style}}.png';
    const image = testBot.image.bytes as Uint8Array<ArrayBuffer>;
    await testBot.storage.saveOwnStyle(user, { title, image, spoiler: false });
    const sheet = await shownBy({ name: 'style', options: { image: testBot.image }, user });
    const start = `A numbered sheet of one picture, repainted in the styles of “${title}”, “Swirling night”, `;
    expect(described(sheet)?.slice(0, start.length)).toBe(start);
    const list = { message: sheet.id, customId: buttonOf(sheet, 'choose'), values: ['0'] };
    const chosen = await testBot.sandbox.component({ ...list, user });
    const sentence = `A picture repainted in the style of “${title}”`;
    expect(described(await chosen.until(isFinal))).toBe(sentence);
  });
});

it('a hidden picture is described where it is attached', async () => {
  const shown = await shownBy({
    options: { image: { ...testBot.image, name: 'SPOILER_in.png' }, layer: 'conv2' },
  });
  expect(shown.embeds.map((embed) => (embed as { image?: unknown }).image)).not.toContainEqual(
    expect.anything(),
  );
  expect(attached(shown)).toEqual(['A picture turned into a dream of eyes (layer conv2)']);
});

it('the gallery, its channel, a copy and /show describe a result as its message does', async () => {
  const { sandbox } = testBot;
  const guild = sandbox.guilds[0]!.id;
  const wall = sandbox.addChannel({ guild, name: 'wall' }).id;
  const sentence = 'A picture turned into a dream of eyes (layer conv2)';
  await shownBy({ name: 'settings gallery', options: { where: wall, stars: 1 } });
  const shown = await shownBy({ options: { image: testBot.image, layer: 'conv2' } });
  for (const action of ['star', 'copy']) {
    const pressed = await sandbox.component({ message: shown.id, customId: buttonOf(shown, action) });
    await pressed.until(isFinal);
  }
  await expect.poll(() => sandbox.messages(wall)).toHaveLength(1);
  expect(described(sandbox.messages(wall)[0] as Snapshot)).toBe(sentence);
  const gallery = await shownBy({ name: 'gallery', options: {} });
  expect(attached(gallery)).toContain(sentence);
  const job = buttonOf(shown, 'remix').split(':')[2]!;
  expect(described(await shownBy({ name: 'show', options: { job }, locale: 'fr' }))).toBe(
    'Une image transformée en rêve\u00a0: yeux (couche conv2)',
  );
});
