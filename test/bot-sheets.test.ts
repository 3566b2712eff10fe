/** Sheets of styles to choose from, and what is chosen from them. A real discord.js client on the loopback Discord. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { noisePng } from './fixtures.js';
import { buttonOf, isFinal, startTestBot, textOf, type Snapshot, type TestBot } from './test-bot.js';

let testBot: TestBot;
beforeAll(async () => {
  testBot = await startTestBot();
});
afterEach(() => settings('reset'));
afterAll(() => testBot.stop());

type Call = Parameters<TestBot['sandbox']['command']>[0];
const run = async (call: Call): Promise<Snapshot> => (await testBot.sandbox.command(call)).until(isFinal);
const sheetOf = (more: Partial<Call> = {}, options: Call['options'] = {}) =>
  run({ name: 'style', ...more, options: { image: testBot.image, ...options } });
const lastRequest = () => testBot.renderer.requests.at(-1)!;
const settings = (name: string, options: Call['options'] = {}) => run({ name: `settings ${name}`, options });

interface Select {
  readonly custom_id: string;
  readonly placeholder: string;
  readonly options: readonly { readonly label: string; readonly value: string }[];
}
const STRING_SELECT = 3;
function listOf({ components }: Snapshot): Select {
  const rows = components as { components: (Select & { type: number })[] }[];
  const found = rows.flatMap((row) => row.components).find(({ type }) => type === STRING_SELECT);
  if (!found) throw new Error(`no list in ${JSON.stringify(components)}`);
  return found;
}
const labelsOf = (sheet: Snapshot) => listOf(sheet).options.map(({ label }) => label);

const newUser = (name: string) => testBot.sandbox.addUser({ name }).id;

interface Chooser {
  readonly user?: string;
  readonly locale?: string;
}
/** As somebody new unless it is said who: one person may use few buttons in a short time. */
const choose = async (
  sheet: Snapshot,
  index: number,
  who: Chooser = { user: newUser('Chooser') },
): Promise<Snapshot> => {
  const call = { message: sheet.id, customId: listOf(sheet).custom_id, values: [String(index)], ...who };
  return (await testBot.sandbox.component(call)).until(isFinal);
};
const press = async (message: Snapshot, action: string): Promise<Snapshot> => {
  const call = { message: message.id, customId: buttonOf(message, action), user: newUser('Presser') };
  return (await testBot.sandbox.component(call)).until(isFinal);
};

describe('/style without a style', () => {
  it('answers with a sheet of the presets and a numbered list of them', async () => {
    const sheet = await sheetOf();
    expect(sheet.content).toMatch(/Sheet/);
    expect(sheet.attachments[0]!.filename).toBe('sheet.png');
    const request = lastRequest();
    expect(request).toMatchObject({
      kind: 'sheet',
      contents: [new Uint8Array(testBot.image.bytes)],
      size: 256,
    });
    const labels = labelsOf(sheet);
    expect(labels).toHaveLength(request.kind === 'sheet' ? request.styles.length : 0);
    expect(labels[0]).toBe('1. Swirling night');
    expect(new Set(labels).size).toBe(8);
    // What makes no sense for a sheet is not offered.
    expect(JSON.stringify(sheet.components)).not.toMatch(/v1:(remix|losses|growth|others|deeper)/);
  });

  it('lists the server’s default first, then the member’s own, then presets, each once and at most nine', async () => {
    const user = newUser('Styled');
    const target = testBot.sandbox.post({ files: [{ ...testBot.image, name: 'own.png' }] });
    const use = await testBot.sandbox.contextCommand({ name: 'Use as style for…', target, user });
    await use.answered();
    const customId = String(use.modal!.custom_id);
    await (await testBot.sandbox.modal({ customId, user, fields: { strength: '50' } })).until(isFinal);
    await testBot.library.add('harbour', testBot.image.bytes, { title: 'Harbour' });
    await settings('style', { preset: 'ink' });
    const labels = labelsOf(await sheetOf({ user }));
    expect(labels.slice(0, 3)).toEqual(['1. Ink hatching', '2. own.png', '3. Swirling night']);
    expect(labels).toHaveLength(9);
    expect(labels.filter((label) => label.includes('Ink hatching'))).toHaveLength(1);
    await settings('reset');
    expect(labelsOf(await sheetOf()).at(-1)).toBe('9. Harbour');
    await testBot.library.remove('harbour');
  });

  it('paints what is chosen properly, with the options that were given, for who chose it', async () => {
    const sheet = await sheetOf(
      {},
      { size: 128, strength: 75, brush: 2, colours: 'luminance', quality: 'fine', seed: 3 },
    );
    expect(lastRequest()).toMatchObject({ kind: 'sheet', beta: 100, size: 256 });
    const shown = lastRequest();
    const other = newUser('Other');
    const painted = await choose(sheet, 2, { user: other });
    const options = { size: 128, beta: 100, styleScale: 2, colour: 'luminance', quality: 'fine', seed: 3 };
    expect(lastRequest()).toMatchObject({
      ...{ kind: 'style', content: new Uint8Array(testBot.image.bytes), ...options },
      styles: [{ image: shown.kind === 'sheet' ? shown.styles[2]!.image : undefined }],
    });
    expect(painted.content).toContain(`/${sheet.channelId}/${sheet.id}`);
    expect(painted.content).toContain(`<@${other}>`);
    expect(textOf(painted)).toContain(labelsOf(sheet)[2]!.replace('3. ', ''));
    const [job] = testBot.storage.newest(1);
    const parent = await testBot.storage.byMessage(sheet.id);
    expect(job).toMatchObject({ userId: other, parent: parent!.id });
  });

  it('takes a quality along, and the network only where that makes sense', async () => {
    const sheet = await sheetOf({}, { quality: 'instant' });
    await choose(sheet, 0);
    expect(lastRequest()).toMatchObject({ kind: 'style', technique: 'instant' });
    const refused = await sheetOf({}, { quality: 'instant', network: 'mini' });
    expect(refused.content).toMatch(/leave the network out/);
  });

  it('still lets one choose after a restart', async () => {
    const sheet = await sheetOf({}, { size: 96 });
    await testBot.restart();
    expect((await choose(sheet, 1)).attachments).toHaveLength(1);
    expect(lastRequest()).toMatchObject({ kind: 'style', size: 96 });
  });

  it('keeps spoilers hidden, in the sheet and in what is chosen', async () => {
    const image = { ...testBot.image, name: 'SPOILER_in.png' };
    const sheet = await sheetOf({}, { image });
    expect(sheet.attachments[0]!.filename).toBe('SPOILER_sheet.png');
    expect((await choose(sheet, 0)).attachments[0]!.filename).toBe('SPOILER_style.png');
  });

  it('keeps an age restriction', async () => {
    const guild = testBot.sandbox.guilds[0]!.id;
    const restricted = testBot.sandbox.addChannel({ guild, name: 'adults', ageRestricted: true });
    const sheet = await sheetOf({ channel: restricted.id });
    await choose(sheet, 0);
    const jobs = testBot.storage.newest(2);
    expect(jobs.map(({ plan, ageRestricted }) => [plan.kind, ageRestricted])).toEqual([
      ['style', true],
      ['sheet', true],
    ]);
  });

  it('refuses a choice of people who are not allowed to use the bot', async () => {
    const sheet = await sheetOf();
    const user = newUser('Blocked');
    await settings('block', { user });
    const before = testBot.renderer.requests.length;
    expect((await choose(sheet, 0, { user, locale: 'de' })).content).toMatch(/darfst mich hier nicht/);
    expect(testBot.renderer.requests).toHaveLength(before);
  });

  it('applies the server’s largest size to the cells, and to what is chosen', async () => {
    await settings('limits', { size: 128 });
    const sheet = await sheetOf();
    expect(lastRequest()).toMatchObject({ kind: 'sheet', size: 128 });
    expect((await sheetOf({}, { size: 256 })).content).toMatch(/up to 128 pixels/);
    await choose(sheet, 0);
    expect(lastRequest()).toMatchObject({ kind: 'style', size: 128 });
  });

  it('refuses a network that the server forbids, before anybody could choose it', async () => {
    await settings('networks', { network: 'mini', allowed: false });
    expect((await sheetOf({}, { network: 'mini' })).content).toMatch(/mini isn’t allowed/);
  });

  it('asks a member to wait for a picture that was chosen already', async () => {
    const sheet = await sheetOf();
    let release!: () => void;
    testBot.renderer.gates.render = new Promise((resolve) => (release = resolve));
    const asked = [];
    try {
      const user = newUser('Impatient');
      const list = { message: sheet.id, customId: listOf(sheet).custom_id, user };
      const first = await testBot.sandbox.component({ ...list, values: ['0'] });
      await first.until(({ content }) => content.length > 0);
      expect((await choose(sheet, 0, { user })).content).toMatch(/already asked for that/);
      const other = await testBot.sandbox.component({ ...list, values: ['1'] });
      asked.push(first, other);
      expect((await other.until(({ content }) => content.length > 0)).content).toMatch(/queue/);
    } finally {
      release();
      testBot.renderer.gates.render = Promise.resolve();
    }
    for (const one of asked) expect((await one.until(isFinal)).attachments).toHaveLength(1);
  });

  it('is exported and deleted with the rest of what is kept about a member', async () => {
    const user = newUser('Private');
    const sheet = await sheetOf({ user }, { brush: 2 });
    const { attachments } = await run({ name: 'privacy view', user });
    const kept = JSON.parse(Buffer.from(attachments[0]!.bytes).toString()) as { jobs: unknown[] };
    expect(kept.jobs).toMatchObject([{ plan: { kind: 'sheet' }, chosen: { styleScale: 2 } }]);
    await run({ name: 'privacy delete', user });
    expect(testBot.storage.newest(50).filter((job) => job.userId === user)).toEqual([]);
    await expect
      .poll(() => JSON.stringify(testBot.sandbox.messages(sheet.channelId)))
      .not.toContain(sheet.id);
  });

  it('has a list in the member’s language', async () => {
    const placeholders = [];
    for (const locale of ['en-US', 'de', 'fr', 'es-ES', 'ja'])
      placeholders.push(listOf(await sheetOf({ locale })).placeholder);
    expect(new Set(placeholders).size).toBe(5);
  });

  it('can be asked for larger, with the same options', async () => {
    const sheet = await sheetOf({}, { brush: 3 });
    const larger = await press(sheet, 'larger');
    expect(lastRequest()).toMatchObject({ kind: 'sheet', size: 512 });
    await choose(larger, 0);
    expect(lastRequest()).toMatchObject({ kind: 'style', styleScale: 3 });
  });
});

describe('“Other styles…” on a style', () => {
  it('gives a sheet of the same picture without its own style, with the same options', async () => {
    const painted = await sheetOf({}, { preset: 'starry', size: 96, strength: 75, quality: 'draft' });
    const sheet = await press(painted, 'others');
    expect(lastRequest()).toMatchObject({
      kind: 'sheet',
      beta: 100,
      contents: [new Uint8Array(testBot.image.bytes)],
    });
    expect(labelsOf(sheet)).toHaveLength(7);
    expect(labelsOf(sheet).join()).not.toContain('Swirling');
    expect(sheet.content).toContain(`/${painted.id}`);
    await choose(sheet, 0);
    expect(lastRequest()).toMatchObject({ kind: 'style', beta: 100, size: 96, quality: 'draft' });
  });

  it('is not offered for a dream', async () => {
    expect(JSON.stringify((await testBot.dream()).components)).not.toContain('v1:others');
  });
});

describe('“Refine” on an instant style', () => {
  it('paints the same properly, as its child', async () => {
    const instant = await sheetOf({}, { preset: 'starry', size: 96, strength: 75, quality: 'instant' });
    const refined = await press(instant, 'refine');
    expect(lastRequest()).toMatchObject({
      ...{ kind: 'style', technique: 'optimise', beta: 100, size: 96 },
      content: new Uint8Array(testBot.image.bytes),
    });
    expect(refined.content).toContain(`/${instant.id}`);
    expect(JSON.stringify(refined.components)).not.toContain('v1:refine');
  });
});

describe('“Paint this…” on several pictures', () => {
  it('gives a sheet of those that are chosen, from which one is painted properly', async () => {
    const files = await Promise.all(
      [5, 6, 7].map(async (seed) => ({ name: `${seed}.png`, bytes: await noisePng(24, 16, seed) })),
    );
    files[2]!.name = 'SPOILER_7.png';
    const opened = await testBot.sandbox.contextCommand({
      name: 'Paint this…',
      target: testBot.sandbox.post({ files }),
    });
    await opened.answered();
    const customId = String(opened.modal!.custom_id);
    const values = { preset: ['mosaic'], strength: '75', size: '80' };
    const send = async (picture: readonly string[]) =>
      (await testBot.sandbox.modal({ customId, fields: { ...values, picture } })).until(isFinal);
    const sheet = await send(['0', '1', '2']);
    const bytesOf = (i: number) => new Uint8Array(files[i]!.bytes);
    expect(lastRequest()).toMatchObject({ kind: 'sheet', beta: 100, contents: [0, 1, 2].map(bytesOf) });
    expect(textOf(sheet)).toContain('Mosaic');
    expect(labelsOf(sheet)).toEqual(['1. Picture', '2. Picture', '3. Picture']);
    expect(sheet.attachments[0]!.filename).toBe('SPOILER_sheet.png');
    await choose(sheet, 1);
    expect(lastRequest()).toMatchObject({ kind: 'style', content: bytesOf(1), beta: 100, size: 80 });
    const single = await send(['1']);
    expect(single.attachments[0]!.filename).toBe('style.png');
  });
});
