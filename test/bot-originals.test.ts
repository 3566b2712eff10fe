/** What of a picture the network does not see is said, and given back. A real discord.js client on the loopback Discord. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buttonOf, isFinal, startTestBot, type TestBot, type Snapshot } from './test-bot.js';

const filled = (background: string) =>
  sharp({ create: { width: 16, height: 16, channels: 4, background } })
    .png()
    .toBuffer();

let testBot: TestBot;
let clear: { name: string; bytes: Uint8Array };
let opaque: { name: string; bytes: Uint8Array };
let moving: { name: string; bytes: Uint8Array };
beforeAll(async () => {
  testBot = await startTestBot();
  clear = { name: 'clear.png', bytes: await filled('#ff000040') };
  opaque = { name: 'opaque.png', bytes: await filled('#ff0000ff') };
  const frames = await Promise.all(['#ff0000ff', '#00ff00ff', '#0000ffff'].map(filled));
  const bytes = await sharp(frames, { join: { animated: true } })
    .withExif({ IFD0: { Artist: 'somebody' } })
    .webp({ delay: [100, 200, 300] })
    .toBuffer();
  moving = { name: 'moving.webp', bytes };
});
afterAll(() => testBot.stop());

const footerOf = ({ embeds }: Snapshot): string =>
  (embeds as { footer?: { text: string } }[])[0]?.footer?.text ?? '';
const run = async (call: Parameters<TestBot['sandbox']['command']>[0]) =>
  (await testBot.sandbox.command(call)).until(isFinal);
const press = async (of: Snapshot, action: string) =>
  (await testBot.sandbox.component({ message: of.id, customId: buttonOf(of, action) })).until(isFinal);

const ON_WHITE = 'Transparent areas were painted on white.';
const FIRST_FRAME = 'Only the first frame of animated pictures was used.';
const ENGINE = 'tiny, none';

describe('a result says', () => {
  for (const [locale, sentence] of [
    ['en-US', ON_WHITE],
    ['de', 'Durchsichtige Stellen wurden auf Weiß gemalt.'],
    ['fr', 'Les zones transparentes ont été peintes sur du blanc.'],
    ['es-ES', 'Las zonas transparentes se pintaron sobre blanco.'],
    ['ja', '透明な部分は白の上に描きました。'],
  ] as const)
    it(`that transparency was painted on white, in ${locale}`, async () => {
      const answer = await testBot.dream({ locale, options: { image: clear } });
      expect(footerOf(answer)).toContain(sentence);
    });

  it('nothing about transparency if a picture with an alpha channel is opaque', async () => {
    expect(footerOf(await testBot.dream({ options: { image: opaque } }))).toBe(ENGINE);
  });

  it('that only the first frame of the content, guide or style was used', async () => {
    const guided = await testBot.dream({ options: { image: opaque, guide: moving } });
    expect(footerOf(guided)).toBe(`${FIRST_FRAME}\n${ENGINE}`);
    const painted = await run({ name: 'style', options: { image: moving, style: clear } });
    expect(footerOf(painted)).toBe(`${ON_WHITE}\n${FIRST_FRAME}\n${ENGINE}`);
  });

  it('that a GIF is not animated any more, in every language', async () => {
    const gif = { name: 'moving.gif', bytes: await sharp(moving.bytes, { pages: -1 }).gif().toBuffer() };
    for (const [locale, sentence] of [
      ['en-US', FIRST_FRAME],
      ['de', 'Von animierten Bildern wurde nur das erste Einzelbild verwendet.'],
      ['fr', 'Seule la première image des fichiers animés a été utilisée.'],
      ['es-ES', 'De las imágenes animadas solo se usó el primer fotograma.'],
      ['ja', '動く画像は最初のコマだけを使いました。'],
    ] as const)
      expect(footerOf(await testBot.dream({ locale, options: { image: gif } }))).toContain(sentence);
  });

  it('the same with /show after a restart, and for pictures made from the same original', async () => {
    const answer = await testBot.dream({ options: { image: clear } });
    await testBot.restart();
    const job = buttonOf(answer, 'remix').split(':')[2]!;
    expect(footerOf(await run({ name: 'show', options: { job } }))).toContain(ON_WHITE);
    expect(footerOf(await press(answer, 'again'))).toContain(ON_WHITE);
    // The result itself is opaque.
    expect(footerOf(await press(answer, 'deeper'))).toBe(ENGINE);
  });
});

describe('a painted animation', () => {
  const animation = {
    frames: [40, 220].map((shade) => ({ width: 8, height: 8, data: new Uint8Array(8 * 8 * 3).fill(shade) })),
    ...{ delays: [60, 240], loop: 3 },
  };
  let answer: Snapshot;
  beforeAll(async () => {
    testBot.renderer.animation = animation;
    answer = await run({ name: 'style', options: { image: moving, style: opaque } });
  });
  afterAll(() => {
    testBot.renderer.animation = undefined;
  });
  const playedBy = async ({ attachments: [file] }: Snapshot) => {
    const { format, pages, delay, loop } = await sharp(file!.bytes).metadata();
    return { format, pages, delay, loop, description: file!.description };
  };
  const PLAYED = {
    ...{ format: 'webp', pages: 2, delay: [60, 240], loop: 3 },
    description: 'A picture repainted in the style of another picture, as an animation',
  };

  it('is sent with its delays and number of plays, and is described as one', async () => {
    expect(await playedBy(answer)).toEqual(PLAYED);
    expect(JSON.stringify(answer.embeds)).toContain('"name":"Frames","value":"2"');
  });

  it('says how many frames were left out, and nothing of a first frame', () => {
    const LEFT_OUT = 'Some frames were left out: the animation had 3, 2 are shown.';
    expect(footerOf(answer)).toBe(`${LEFT_OUT}\n${ENGINE}`);
  });

  it('says that of an animated style only the first frame was used', async () => {
    const painted = await run({ name: 'style', options: { image: moving, style: moving } });
    expect(footerOf(painted)).toContain(FIRST_FRAME);
  });

  it('is shown again after a restart', async () => {
    await testBot.restart();
    const job = buttonOf(answer, 'remix').split(':')[2]!;
    expect(await playedBy(await run({ name: 'show', options: { job } }))).toEqual(PLAYED);
  });
});

describe('the button Original', () => {
  it('returns every frame, without the file’s metadata', async () => {
    const shown = await press(await testBot.dream({ options: { image: moving } }), 'original');
    const [file] = shown.attachments;
    expect(file!.filename).toBe('original.webp');
    expect(await sharp(file!.bytes, { pages: -1 }).metadata()).toMatchObject({
      ...{ format: 'webp', pages: 3, delay: [100, 200, 300], pageHeight: 16 },
    });
    expect(Buffer.from(moving.bytes).toString('latin1')).toContain('somebody');
    expect(Buffer.from(file!.bytes).toString('latin1')).not.toContain('somebody');
  });

  it('keeps transparency', async () => {
    const shown = await press(await testBot.dream({ options: { image: clear } }), 'original');
    const [file] = shown.attachments;
    expect(file!.filename).toBe('original.png');
    const pixel = (await sharp(file!.bytes).raw().toBuffer()).subarray(0, 4);
    expect([...pixel]).toEqual([255, 0, 0, 64]);
  });
});
