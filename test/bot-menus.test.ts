/** Finding the pictures in a message, and the forms of the message menus. Uses a real discord.js client on the loopback Discord. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buttonOf, isFinal, startTestBot, type TestBot, type Snapshot } from './test-bot.js';
import { pictureOf } from '../src/jobs/job-repository.js';
import { noisePng } from './fixtures.js';

type Posting = Parameters<TestBot['sandbox']['post']>[0];
type Json = Record<string, unknown>;

const COMPONENTS_V2 = 1 << 15;
const EXTERNAL_URL = 'https://pictures.example/cat.png';

let testBot: TestBot;
let cat: { name: string; bytes: Uint8Array };
let now = Date.UTC(2026, 8, 1);
beforeAll(async () => {
  testBot = await startTestBot({ now: () => now });
  cat = { name: 'cat.png', bytes: await noisePng(24, 16, 5) };
});
afterAll(() => testBot.stop());

const menu = (name: string, target: string, more: { user?: string; locale?: string } = {}) =>
  testBot.sandbox.contextCommand({ name, target, ...more });
const dreamOn = async (target: string): Promise<Snapshot> =>
  (await menu('Dream this', target)).until(isFinal);
const open = async (name: string, target: string, more: { user?: string; locale?: string } = {}) => {
  const opened = await menu(name, target, more);
  expect(await opened.answered()).toBe(9);
  return { modal: opened.modal!, customId: String(opened.modal!.custom_id) };
};
const send = async (call: Parameters<TestBot['sandbox']['modal']>[0]): Promise<Snapshot> =>
  (await testBot.sandbox.modal(call)).until(isFinal);
const lastImage = () => {
  const request = testBot.renderer.requests.at(-1)!;
  return pictureOf(request);
};

const gallery = (...items: Json[]): Json => ({ type: 12, items });
const item = (url: string, more: Json = {}): Json => ({ media: { url }, ...more });
const container = (components: Json[], more: Json = {}): Json => ({ type: 17, components, ...more });
const section = (thumbnail: Json): Json => ({
  type: 9,
  components: [{ type: 10, content: 'A cat' }],
  accessory: { type: 11, ...thumbnail },
});
const v2 = (components: Json[], files = [cat], more: Partial<Posting> = {}): Posting => ({
  flags: COMPONENTS_V2,
  components,
  files,
  ...more,
});
const CAT = 'attachment://cat.png';
const links = {
  get [EXTERNAL_URL]() {
    return cat;
  },
};

/** What a person posts, by the kind of place that the picture is in. */
const KINDS: Readonly<Record<string, () => Posting>> = {
  'an attachment': () => ({ files: [cat] }),
  'an embed': () => ({ embeds: [{ type: 'image', thumbnail: { url: EXTERNAL_URL } }], links }),
  'a forwarded message': () => ({ forward: testBot.sandbox.post({ files: [cat] }) }),
  'a forwarded embed': () => ({
    forward: testBot.sandbox.post({ embeds: [{ image: { url: EXTERNAL_URL } }], links }),
  }),
  'a media gallery': () => v2([gallery(item(CAT))]),
  'a gallery in a container': () => v2([container([gallery(item(EXTERNAL_URL))])], [], { links }),
  'a section’s thumbnail': () => v2([section(item(CAT))]),
  'a file component': () => v2([{ type: 13, file: { url: CAT } }]),
  'a forwarded gallery': () => ({ forward: testBot.sandbox.post(v2([gallery(item(CAT))])) }),
};

describe('a message menu', () => {
  for (const [kind, posting] of Object.entries(KINDS))
    it(`finds the picture in ${kind}`, async () => {
      const answer = await dreamOn(testBot.sandbox.post(posting()));
      expect(answer.content).toMatch(/Dream/);
      expect(answer.attachments[0]!.filename).toBe('dream.png');
      expect(lastImage()).toEqual(new Uint8Array(cat.bytes));
    });

  const hidden = { spoiler: true };
  const SPOILERS: Readonly<Record<string, () => Posting>> = {
    'the name of an attachment': () => ({ files: [{ ...cat, name: 'SPOILER_cat.png' }] }),
    'a gallery’s item': () => v2([gallery(item(CAT, hidden))]),
    'the container around it': () => v2([container([gallery(item(CAT))], hidden)]),
    'a thumbnail': () => v2([container([section(item(CAT, hidden))])]),
    'a file component': () => v2([{ type: 13, file: { url: CAT }, ...hidden }]),
    'a forwarded gallery’s item': () => ({ forward: testBot.sandbox.post(v2([gallery(item(CAT, hidden))])) }),
    'a forwarded attachment': () => ({
      forward: testBot.sandbox.post({ files: [{ ...cat, name: 'SPOILER_cat.png' }] }),
    }),
    'the bars around its link': () => ({
      content: `Look: ||${EXTERNAL_URL}||`,
      embeds: [{ type: 'image', url: EXTERNAL_URL, thumbnail: { url: EXTERNAL_URL } }],
      links,
    }),
  };
  for (const [kind, posting] of Object.entries(SPOILERS))
    it(`keeps a picture hidden that is marked as a spoiler by ${kind}`, async () => {
      const answer = await dreamOn(testBot.sandbox.post(posting()));
      expect(answer.attachments[0]!.filename).toBe('SPOILER_dream.png');
      expect(JSON.stringify(answer.embeds)).not.toContain('"image"');
    });

  it('hides pictures painted with the user’s own style if the style was a spoiler', async () => {
    const user = testBot.sandbox.addUser({ name: 'Secretive' }).id;
    const target = testBot.sandbox.post({ files: [{ ...cat, name: 'SPOILER_cat.png' }] });
    const { customId } = await open('Use as style for…', target, { user });
    await send({ customId, fields: { strength: '50' }, user });
    const sheet = await testBot.sandbox.command({ name: 'style', user, options: { image: cat } });
    expect((await sheet.until(isFinal)).attachments[0]!.filename).toBe('SPOILER_sheet.png');
    const shown = await testBot.dream({ user });
    const mine = await testBot.sandbox.component({
      message: shown.id,
      customId: buttonOf(shown, 'mine'),
      user,
    });
    expect((await mine.until(isFinal)).attachments[0]!.filename).toBe('SPOILER_style.png');
  });

  it('finds a picture of unknown content type by its file name, then checks its bytes', async () => {
    const unknownType = { contentType: 'application/octet-stream' };
    const answer = await dreamOn(testBot.sandbox.post({ files: [{ ...cat, ...unknownType }] }));
    expect(answer.attachments).toHaveLength(1);
    const words = { name: 'words.png', bytes: new TextEncoder().encode('no picture'), ...unknownType };
    expect((await dreamOn(testBot.sandbox.post({ files: [words] }))).content).toMatch(/as a picture/);
  });

  it('finds no picture in text, videos and links to videos', async () => {
    const film = { name: 'film.mp4', bytes: new Uint8Array(64), contentType: 'video/mp4' };
    for (const posting of [
      { content: 'only words' },
      { files: [film] },
      v2([gallery(item('attachment://film.mp4'))], [film]),
    ])
      expect((await dreamOn(testBot.sandbox.post(posting))).content).toMatch(/a picture in that message/);
  });

  it('downloads from Discord’s proxy, never from the original link', async () => {
    // Nothing answers at that address, and the picture is there all the same.
    const answer = await dreamOn(
      testBot.sandbox.post({ embeds: [{ type: 'image', thumbnail: { url: EXTERNAL_URL } }], links }),
    );
    expect(answer.attachments).toHaveLength(1);
  });
});

describe('a menu for a message with several pictures', () => {
  let target: string;
  let dog: { name: string; bytes: Uint8Array };
  beforeAll(async () => {
    dog = { name: 'dog.png', bytes: await noisePng(32, 20, 6) };
    target = testBot.sandbox.post({
      files: [cat, dog],
      embeds: [{ image: { url: 'attachment://cat.png' } }, { image: { url: EXTERNAL_URL } }],
      links,
    });
  });

  it('asks which one, listing each once by name and size, before it dreams', async () => {
    const { modal, customId } = await open('Dream this', target);
    expect(JSON.stringify(modal)).toMatch(
      /"label":"1. dog.png".*"32 × 20".*"label":"2. cat.png".*"24 × 16".*"label":"3. cat.png"/,
    );
    await send({ customId, fields: { picture: ['0'] } });
    expect(lastImage()).toEqual(new Uint8Array(dog.bytes));
  });

  it('asks which one in the forms with further fields', async () => {
    const paint = await open('Paint this…', target);
    const fields = { picture: ['1'], preset: ['mosaic'], strength: '50', size: '64' };
    await send({ customId: paint.customId, fields });
    expect(lastImage()).toEqual(new Uint8Array(cat.bytes));
    const use = await open('Use as style for…', target);
    await send({ customId: use.customId, fields: { picture: ['0'], image: testBot.image, strength: '50' } });
    expect(testBot.renderer.requests.at(-1)).toMatchObject({
      styles: [{ image: new Uint8Array(dog.bytes) }],
    });
  });
});

describe('an open form', () => {
  const fields = { preset: ['mosaic'], strength: '50', size: '64' };
  const users = () => testBot.sandbox.users.map(({ id }) => id);

  it('stays valid for a long time, across other users’ forms and a restart', async () => {
    const target = testBot.sandbox.post({ files: [cat] });
    const { customId } = await open('Paint this…', target);
    now += 20 * 60_000;
    const steady = performance.now.bind(performance);
    performance.now = () => steady() + 20 * 60_000;
    try {
      await open('Paint this…', target, { user: users()[1]! });
    } finally {
      performance.now = steady;
    }
    await testBot.restart();
    const answer = await send({ customId, fields });
    expect(answer.attachments).toHaveLength(1);
    // Sent once more, where the client did not hear of the answer.
    expect((await send({ customId, fields })).attachments).toHaveLength(1);
  });

  it('can be submitted only by the user who opened it; others are told to open one, in their language', async () => {
    const { customId } = await open('Paint this…', testBot.sandbox.post({ files: [cat] }));
    const replies = [];
    for (const locale of ['en-US', 'de', 'fr', 'es-ES', 'ja'])
      replies.push((await send({ customId, fields, user: users()[1]!, locale })).content);
    expect(replies).toEqual([
      expect.stringContaining('open it again'),
      expect.stringContaining('noch einmal'),
      expect.stringContaining('Rouvre-le'),
      expect.stringContaining('Vuelve a abrirlo'),
      expect.stringContaining('もう一度開いて'),
    ]);
  });

  it('is shown by /privacy view and deleted by /privacy delete', async () => {
    const user = testBot.sandbox.addUser({ name: 'Private' }).id;
    const { customId } = await open('Paint this…', testBot.sandbox.post({ files: [cat] }), { user });
    const run = async (name: string) => (await testBot.sandbox.command({ name, user })).until(isFinal);
    const view = async () => {
      const { attachments } = await run('privacy view');
      return (JSON.parse(Buffer.from(attachments[0]!.bytes).toString()) as { forms: Json[] }).forms;
    };
    expect(await view()).toMatchObject([{ pictures: [{ name: 'cat.png' }] }]);
    await run('privacy delete');
    expect(await view()).toEqual([]);
    expect((await send({ customId, fields, user })).content).toMatch(/Please open it again/);
  });
});

describe('numbers in a form', () => {
  const form = async (locale: string) => {
    const { customId } = await open('Paint this…', testBot.sandbox.post({ files: [cat] }), { locale });
    return (fields: { strength?: string; size?: string }) =>
      send({ customId, locale, fields: { preset: ['mosaic'], strength: '50', size: '64', ...fields } });
  };

  for (const [typed, beta] of [
    ['７５', 100],
    ['75 %', 100],
    ['62,5', 31.6],
    [' 62.5 ', 31.6],
  ] as const)
    it(`accept local number formats: ${typed}`, async () => {
      await (
        await form('ja')
      )({ strength: typed });
      // 10 · 10^((strength − 50) / 25)
      expect(testBot.renderer.requests.at(-1)).toMatchObject({ beta });
    });

  const wrong = String.raw`\[Free Nitro\](https:\/\/evil.example)`;
  for (const [locale, strength, size] of [
    [
      'en-US',
      `“Strength” must be a number from 0 to 100. You entered “${wrong}”.`,
      'whole number from 64 to 4096',
    ],
    [
      'de',
      `„Stärke“ muss eine Zahl von 0 bis 100 sein. Du hast „${wrong}“ eingegeben.`,
      'ganze Zahl von 64 bis 4096',
    ],
    [
      'fr',
      `«\u00a0Force\u00a0» doit être un nombre de 0 à 100. Tu as saisi «\u00a0${wrong}\u00a0».`,
      'nombre entier de 64 à 4096',
    ],
    [
      'es-ES',
      `«Fuerza» debe ser un número de 0 a 100. Has escrito «${wrong}».`,
      'número entero de 64 a 4096',
    ],
    [
      'ja',
      `「強さ」には0から100までの数を入れてください。入力された値：「${wrong}」`,
      '64から4096までの整数',
    ],
  ] as const)
    it(`are refused in ${locale} with the field’s name and range, and without links`, async () => {
      const fill = await form(locale);
      expect((await fill({ strength: '[Free Nitro](https://evil.example)' })).content).toBe(strength);
      for (const typed of ['63', '5000', '64.5'])
        expect((await fill({ size: typed })).content).toContain(size);
      const sentence = strength.slice(0, 12);
      for (const typed of ['-1', '101', '1e3'])
        expect((await fill({ strength: typed })).content).toContain(sentence);
    });
});

describe('text from users', () => {
  const run = async (call: Parameters<TestBot['sandbox']['command']>[0]): Promise<Snapshot> =>
    (await testBot.sandbox.command(call)).until(isFinal);
  /** Markdown that is not escaped. */
  const MARKDOWN = /(?<!\\)(\*\*|__|~~|\|\||\[)/;
  const valuesOf = ({ embeds }: Snapshot): string[] =>
    (embeds as { fields?: { value: string }[] }[]).flatMap(({ fields = [] }) =>
      fields.map(({ value }) => value),
    );

  it('is shown literally when a file’s name becomes a style’s name', async () => {
    const user = testBot.sandbox.addUser({ name: 'Trickster' }).id;
    const target = testBot.sandbox.post({ files: [{ ...cat, name: '__big__.png' }] });
    const { customId } = await open('Use as style for…', target, { user });
    await send({ customId, fields: { strength: '50' }, user });
    const sheet = await run({ name: 'style', user, options: { image: cat } });
    expect(valuesOf(sheet)[0]).toMatch(/^\\_\\_big\\_\\_\.png, Swirling night, /);
    const list = { message: sheet.id, customId: buttonOf(sheet, 'choose'), values: ['0'] };
    const chosen = await testBot.sandbox.component({ ...list, user });
    expect(valuesOf(await chosen.until(isFinal))[0]).toBe(String.raw`\_\_big\_\_.png`);
  });

  it('is shown literally when it is a style’s title: in results, links to them and settings', async () => {
    const title = '[Free Nitro](https://evil.example) **now**';
    await testBot.library.add('trick', cat.bytes, { title });
    const painted = await run({ name: 'style', options: { image: cat, preset: 'trick' } });
    expect(valuesOf(painted)[0]).toBe(String.raw`\[Free Nitro\](https:\/\/evil.example) \*\*now\*\*`);
    const again = await (
      await testBot.sandbox.component({ message: painted.id, customId: buttonOf(painted, 'again') })
    ).until(isFinal);
    // One link, ours: the brackets of the title would end its words.
    expect(again.content.match(/\]\(https?:[^)]*\)/g)).toEqual([
      `](https://discord.com/channels/${testBot.sandbox.guilds[0]!.id}/${painted.channelId}/${painted.id})`,
    ]);
    const set = await run({ name: 'settings style', options: { preset: 'trick' } });
    expect(set.content.split('\n').find((words) => words.includes('Free Nitro'))).not.toMatch(MARKDOWN);
    await run({ name: 'settings reset' });
    // Choices render no markdown: nothing is escaped there.
    const choices = await testBot.sandbox.autocomplete({ name: 'show', focused: 'job' });
    expect(choices[0]!.name).toContain(title);
  });

  it('in a form is never echoed as a link, a mention or several lines', async () => {
    const shown = await run({ name: 'dream', options: { image: cat } });
    const remix = async (fields: Record<string, string>) => {
      const opened = await testBot.sandbox.component({
        message: shown.id,
        customId: buttonOf(shown, 'remix'),
      });
      await opened.answered();
      const rest = { layer: 'conv2', strength: '1.5', octaves: '2', size: '64', seed: '' };
      return send({ customId: buttonOf(shown, 'remix'), message: shown.id, fields: { ...rest, ...fields } });
    };
    for (const typed of [
      '[Free Nitro](https://evil.example)',
      '**@everyone** ||x||',
      '<@1>\n# heading\u202E',
      '`code` ~~x~~',
    ])
      for (const field of ['strength', 'octaves', 'size', 'seed'])
        expect((await remix({ [field]: typed })).content).not.toMatch(
          /(?<!\\)(\*\*|~~|\|\||\[|<@|@everyone|`)|\n|\u202E/,
        );
    const limits = [
      [{ strength: '０．０５' }, '“Strength” must be a number from 0.1 to 10. You entered “０．０５”.'],
      [{ octaves: '2,5' }, '“Octaves” must be a whole number from 1 to 10. You entered “2,5”.'],
      [{ octaves: '11' }, '“Octaves” must be a whole number from 1 to 10. You entered “11”.'],
      [{ seed: '-1' }, '“Seed” must be a whole number from 0 to 4294967295. You entered “-1”.'],
    ] as const;
    for (const [fields, sentence] of limits) expect((await remix(fields)).content).toBe(sentence);
    await remix({ strength: '２，５', octaves: ' ３ ', seed: '4 294 967 295' });
    expect(testBot.renderer.requests.at(-1)).toMatchObject({ strength: 2.5, octaves: 3, seed: 4294967295 });
  });

  it('that is invalid is refused in the user’s language, without internal terms', async () => {
    const replies = [];
    for (const locale of ['de', 'fr', 'es-ES', 'ja'])
      replies.push(
        (await run({ name: 'dream', locale, options: { image: cat, layer: 'nonsense' } })).content,
      );
    expect(new Set(replies).size).toBe(4);
    expect(replies.join()).not.toMatch(/has no|layer/);
    // What it was is in the log.
    expect(testBot.logged.at(-1)).toMatchObject({
      code: 'unknown-layer',
      sentence: 'mini has no layer of that name. Try conv2.',
    });
  });
});
