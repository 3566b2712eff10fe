/** Styles that are taught to a server, and chosen there. A real discord.js client on the loopback Discord. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GUILD_STYLES_MAX } from '../src/jobs/settings-repository.js';
import { noisePng } from './fixtures.js';
import { buttonOf, isFinal, startTestBot, textOf, type Snapshot, type TestBot } from './test-bot.js';
import { TAUGHT } from './tiny-renderer.js';

let folder: string;
let testBot: TestBot;
let picture: { name: string; bytes: Uint8Array };
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-taught-'));
  testBot = await startTestBot({ folder });
  picture = { name: 'ours.png', bytes: await noisePng(40, 30, 3) };
});
afterEach(async () => {
  await testBot.storage.forgetGuildStyles(guild());
});
afterAll(async () => {
  await testBot.stop();
  await rm(folder, { recursive: true });
});

type Call = Parameters<TestBot['sandbox']['command']>[0];
const guild = (index = 0) => testBot.sandbox.guilds[index]!.id;
const start = (call: Call) => testBot.sandbox.command(call);
const run = async (call: Call): Promise<Snapshot> => (await start(call)).until(isFinal);
const startLesson = (name: string, more: Partial<Call> = {}) =>
  start({ name: 'settings teach', ...more, options: { name, image: picture, ...more.options } });
const teach = async (name: string, more: Partial<Call> = {}) =>
  (await startLesson(name, more)).until(isFinal);
const settings = (name: string, options: Call['options'] = {}) => run({ name: `settings ${name}`, options });
const paint = (more: Partial<Call> = {}, options: Call['options'] = {}) =>
  run({ name: 'style', ...more, options: { image: testBot.image, ...options } });
const offered = async (name = 'style', focused = 'preset', more: Partial<Call> = {}) => {
  const choices = await testBot.sandbox.autocomplete({ name, focused, options: { [focused]: '' }, ...more });
  return choices.map((choice) => choice.value);
};
const lastRequest = () => testBot.renderer.requests.at(-1)!;

describe('a style that a manager teaches', () => {
  it('is shown as it is learnt, and can then be chosen on that server only', async () => {
    const lesson = await teach('Our  mural');
    expect(lesson.content).toContain('Lesson');
    expect(textOf(lesson)).toMatch(
      /Our mural.*Everyone on this server can now choose this style by its name/s,
    );
    expect(lesson.attachments[0]!.filename).toBe('teach.png');
    // Nothing is made of the picture that was practised on.
    expect(JSON.stringify(lesson.components)).not.toMatch(
      /v1:(remix|again|deeper|larger|mine|others|original):/,
    );
    const request = lastRequest();
    expect(request).toMatchObject({ kind: 'teach', size: 384, contents: { length: 6 } });

    expect((await offered())[0]).toBe('Our mural');
    expect(await offered('style', 'preset', { guild: guild(1) })).not.toContain('Our mural');
    expect(await offered('style', 'preset', { guild: null })).not.toContain('Our mural');
    expect(textOf(await paint({}, { preset: 'our mural' }))).toContain('Our mural');
    const image = request.kind === 'teach' ? request.style : undefined;
    expect(lastRequest()).toMatchObject({ kind: 'style', styles: [{ image, taught: TAUGHT }] });
    const elsewhere = await paint({ guild: guild(1) }, { preset: 'Our mural' });
    expect(elsewhere.content).toMatch(/There is no preset called “Our mural”/);

    const sheet = await paint();
    expect(JSON.stringify(sheet.components)).toContain('"1. Our mural"');
    expect(lastRequest()).toMatchObject({ kind: 'sheet', styles: { 0: { taught: TAUGHT } } });
    const target = testBot.sandbox.post({ files: [testBot.image] });
    const menu = await testBot.sandbox.contextCommand({ name: 'Paint this…', target });
    await menu.answered();
    const sent = await testBot.sandbox.modal({
      customId: String(menu.modal!.custom_id),
      fields: { preset: ['Our mural'], strength: '50', size: '128' },
    });
    expect(textOf(await sent.until(isFinal))).toContain('Our mural');
    expect(lastRequest()).toMatchObject({ kind: 'style', size: 128, styles: [{ taught: TAUGHT }] });
    expect((await settings('view')).content).toContain('Styles taught to this server (1 of 10): Our mural');
  });

  it('hides what is painted with it if it came hidden', async () => {
    await teach('Secret', { options: { image: { ...picture, name: 'SPOILER_in.png' } } });
    expect((await paint({}, { preset: 'Secret' })).attachments[0]!.filename).toBe('SPOILER_style.png');
  });

  it('needs a manager, a name of its own, and room', async () => {
    const member = testBot.sandbox.users[1]!.id;
    const refused = (await teach('Mine', { user: member })).content;
    expect(refused).toMatch(/Only people who manage/);
    expect((await run({ name: 'settings forget', user: member, options: { name: 'x' } })).content).toBe(
      refused,
    );
    for (const name of ['ink', 'Swirling Night', 'Attached'])
      expect((await teach(name)).content).toMatch(/There is already a style called “/);
    expect((await teach(' ')).content).toMatch(/give the style a name/);
    const style = { spoiler: false, image: picture.bytes, taught: TAUGHT };
    for (let i = 1; i < GUILD_STYLES_MAX; i++)
      await testBot.storage.saveGuildStyle(guild(), { ...style, name: `style ${i}` });
    await teach('Last');
    expect((await teach('LAST')).content).toMatch(/already a style called “LAST”/);
    expect((await teach('More')).content).toMatch(/already has 10 styles of its own/);
  });

  it('can be forgotten, and is then no default any more', async () => {
    await teach('Ours');
    await teach('Theirs');
    await settings('style', { preset: 'Ours' });
    expect(await offered('settings forget', 'name')).toEqual(['Ours', 'Theirs']);
    const answer = await settings('forget', { name: 'ours' });
    expect(answer.content).toMatch(/\(1 of 10\): Theirs\n/);
    expect(answer.content).toMatch(/Default style: none/);
    expect(await offered()).not.toContain('Ours');
    expect((await settings('forget', { name: 'Ours' })).content).toMatch(/no preset called “Ours”/);
  });

  it('is deleted when the bot is removed from the server', async () => {
    const left = testBot.sandbox.addGuild({ name: 'Left' }).id;
    const style = { name: 'Theirs', spoiler: false, image: picture.bytes, taught: TAUGHT };
    await testBot.storage.saveGuildStyle(left, style);
    testBot.sandbox.removeBot(left);
    await expect.poll(() => testBot.storage.guildStyles(left)).toEqual([]);
  });

  it('is not taught again by a reaction', async () => {
    const lesson = await teach('Ours');
    const before = testBot.renderer.rendered.length;
    testBot.sandbox.react({ message: lesson.id, emoji: '🔁', user: testBot.sandbox.users[1]!.id });
    await expect
      .poll(() =>
        testBot.logged.some(({ msg, action }) => msg === 'a reaction was refused' && action === 'again'),
      )
      .toBe(true);
    expect(testBot.renderer.rendered).toHaveLength(before);
  });

  it('is not announced if it cannot be kept', async () => {
    const database = new DatabaseSync(path.join(folder, 'reverie.sqlite'));
    const change = (sql: string) => {
      database.exec(sql);
    };
    change(`CREATE TRIGGER refuse BEFORE INSERT ON taught_styles BEGIN SELECT RAISE(ABORT, 'full'); END`);
    try {
      const lesson = await teach('Ours');
      expect(lesson.content).toMatch(/Something went wrong/);
      expect(textOf(lesson)).not.toContain('can now choose');
      expect(await offered()).not.toContain('Ours');
    } finally {
      change('DROP TRIGGER refuse');
      database.close();
    }
  });
});

describe('a lesson', () => {
  let slow: TestBot;
  beforeAll(async () => {
    slow = await startTestBot({ stepMs: 40, steps: 12 });
  });
  afterAll(() => slow.stop());
  const teachSlowly = (name: string, more: Partial<Call> = {}) =>
    slow.sandbox.command({ name: 'settings teach', ...more, options: { name, image: picture } });
  const isLearning = ({ content }: Snapshot) => /step \d+\/12/.test(content);

  it('makes way for a picture, and goes on', async () => {
    const lesson = await teachSlowly('Ours');
    await lesson.until(isLearning);
    const other = await teachSlowly('Another');
    expect((await other.until(isFinal)).content).toMatch(/already being taught a style/);
    const dream = await slow.sandbox.command({ name: 'dream', options: { image: slow.image } });
    const waiting = await lesson.until(({ content }) => content.includes('in the queue'));
    expect(isFinal(waiting)).toBe(false);
    await dream.until(isFinal);
    expect(await slow.storage.guildStyles(slow.sandbox.guilds[0]!.id)).toEqual([]);
    await lesson.until(isFinal);
    expect(slow.renderer.requests.map(({ kind }) => kind)).toEqual(['teach', 'dream', 'teach']);
    const [job] = slow.storage.newest(2).filter(({ plan }) => plan.kind === 'teach');
    const { trace } = (await slow.storage.result(job!.id))!;
    expect(trace.steps.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  it('can be cancelled, and outlives a restart', async () => {
    const cancelled = await teachSlowly('Cancelled', { guild: slow.sandbox.guilds[1]!.id });
    const shown = await cancelled.until(isLearning);
    await slow.sandbox.component({ message: shown.id, customId: buttonOf(shown, 'cancel') });
    expect((await cancelled.until(isFinal)).content).toMatch(/cancelled/);
    const lesson = await teachSlowly('Kept', { guild: slow.sandbox.guilds[1]!.id });
    await lesson.until(isLearning);
    await slow.restart();
    const styles = () => slow.storage.guildStyles(slow.sandbox.guilds[1]!.id);
    await expect.poll(styles, { timeout: 5000 }).toEqual([{ name: 'Kept', spoiler: false }]);
  });
});
