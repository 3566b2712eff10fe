/**
 * A database and the messages of the previous version go on working. `version-3.sqlite` and its pictures were written
 * by the version before the program was put in order; the custom ids of its buttons and forms stand here as they were
 * posted, not as the code under test would spell them. None of this may change: people press buttons that are years old.
 */
import { DatabaseSync } from '@photostructure/sqlite';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox, Snapshot } from '../src/sandbox/index.js';
import { openStorage, type Storage } from '../src/storage/storage.js';
import { isFinal, startTestBot, textOf, type TestBot } from './test-bot.js';

const FIXTURES = new URL('fixtures/', import.meta.url).pathname;
const GUILD = '100000000000000001';
const CHANNEL = '200000000000000001';
const DIRECT = '200000000000000002';
const [INES, MARLOW, YUKI] = ['400000000000000001', '400000000000000002', '400000000000000003'] as const;

let folder: string;

/** Puts the ids of one Discord for those of another, in every text of the database. */
function replaceIds(ids: ReadonlyMap<string, string>): void {
  const database = new DatabaseSync(path.join(folder, 'reverie.sqlite'));
  const columns = database
    .prepare(
      `SELECT m.name AS "table", c.name AS "column" FROM sqlite_schema AS m, pragma_table_info(m.name) AS c
       WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND c.type = 'TEXT'`,
    )
    .all() as { table: string; column: string }[];
  for (const { table, column } of columns)
    for (const [from, to] of ids)
      database
        .prepare(`UPDATE ${table} SET ${column} = replace(${column}, ?, ?) WHERE instr(${column}, ?)`)
        .run(from, to, from);
  database.close();
}

const formsOpenedNow = () => {
  const database = new DatabaseSync(path.join(folder, 'reverie.sqlite'));
  database.prepare('UPDATE open_forms SET created_at = ?').run(Date.now());
  database.close();
};

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-previous-'));
  await cp(path.join(FIXTURES, 'version-3.sqlite'), path.join(folder, 'reverie.sqlite'));
  await cp(path.join(FIXTURES, 'version-3'), folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

describe('the database of the previous version', () => {
  let store: Storage;
  beforeEach(() => {
    formsOpenedNow();
    store = openStorage(folder, pino({ level: 'silent' }));
  });
  afterEach(() => {
    store.close();
  });

  it('tells of every job as it was', async () => {
    expect(store.integrity()).toBe('ok');
    expect(store.newest(20).map(({ id, state, attempts }) => [id, state, attempts])).toEqual([
      ['queued', 'queued', 0],
      ['running', 'running', 1],
      ['delivering', 'delivering', 1],
      ['cancelled', 'cancelled', 0],
      ['failed', 'failed', 1],
      ['withdrawn', 'completed', 1],
      ['direct', 'completed', 1],
      ['deeper', 'completed', 1],
      ['finished', 'completed', 1],
    ]);
    expect(await store.job('finished')).toEqual({
      ...{ id: 'finished', userId: INES, guildId: GUILD, channelId: CHANNEL, locale: 'en' },
      ...{ uploadLimit: 10_485_760, ageRestricted: false, spoiler: false, fromPicture: true },
      ...{ state: 'completed', attempts: 1, styles: ['starry', 'attached'] },
      remarks: [
        { key: 'transparent' },
        { key: 'first-frame' },
        { key: 'default-style', values: { style: 'starry' } },
      ],
      createdAt: new Date('2026-03-01T12:01:00Z'),
      changedAt: new Date('2026-03-01T12:01:42.500Z'),
      plan: {
        ...{ kind: 'style', network: 'mini', width: 256, height: 192, scales: 2, steps: 300 },
        cost: 123_456_789,
      },
      fields: [
        { name: 'style', value: 'starry' },
        { name: 'weights', value: '1 : 100' },
        { name: 'brush', value: '× 2' },
        { name: 'colours', value: 'luminance' },
        { name: 'loss', value: 'wasserstein' },
        { name: 'network', value: 'mini' },
        { name: 'size', value: '256 × 192' },
        { name: 'steps', value: '300' },
        { name: 'seed', value: '7' },
      ],
      message: { guildId: GUILD, channelId: CHANNEL, messageId: '300000000000000001' },
    });
    expect(await store.job('deeper')).toMatchObject({ spoiler: true, parent: 'finished', action: 'deeper' });
    expect(await store.job('withdrawn')).toMatchObject({ withdrawn: true });
    expect(await store.job('failed')).toMatchObject({ state: 'failed', code: 'render-failed' });
    expect(await store.job('direct')).toMatchObject({ guildId: null, fromPicture: false });
    expect((await store.unfinished()).map(({ id }) => id)).toEqual(['delivering', 'running', 'queued']);
    expect((await store.openJob(YUKI, 'finished', 'again'))?.id).toBe('queued');
    expect((await store.finishedOf(MARLOW, 5)).map(({ id }) => id)).toEqual(['deeper']);
    expect(store.countByState()).toEqual({
      ...{ queued: 1, running: 1, delivering: 1, cancelled: 1, failed: 1, completed: 4 },
    });
    expect(store.history(3).map(({ plan, seconds }) => [plan.kind, seconds])).toEqual([
      ['visualise', 42.5],
      ['dream', 42.5],
      ['dream', 42.5],
    ]);
  });

  it('tells what was asked for and what came of it, with the pictures', async () => {
    const picture = expect.any(Uint8Array) as unknown;
    expect(await store.request('finished')).toEqual({
      ...{ kind: 'style', network: 'mini', size: 256, beta: 100, colour: 'luminance', seed: 7 },
      content: picture,
      styles: [
        { image: picture, weight: 2, mask: picture },
        { image: picture, mask: picture },
      ],
    });
    expect(await store.request('delivering')).toEqual({
      ...{
        kind: 'dream',
        image: picture,
        guide: picture,
        guidance: 'channels',
        zoom: { frames: 3 },
        seed: 14,
      },
    });
    expect(await store.request('direct')).toEqual({
      ...{ kind: 'visualise', network: 'mini', layer: 'block3_conv2', channels: [2, 4], seed: 9 },
    });
    const result = (await store.result('finished'))!;
    expect(result).toMatchObject({
      image: { format: 'png', width: 16, height: 12, bytes: picture },
      growth: { format: 'png', bytes: picture },
      trace: { engine: 'onnx', device: 'cpu', seconds: 42.5, request: { kind: 'style', seed: 7 } },
    });
    expect(result.trace.steps[1]).toEqual({
      ...{ scale: 1, step: 2, seconds: 1, losses: { total: 5, content: 2, block1_conv1: 3 } },
    });
    // One shows what another was made from: the same file.
    expect(await store.request('deeper')).toMatchObject({ image: result.image.bytes });
  });

  it('knows stars, copies, unwanted messages, settings, own styles and open forms', async () => {
    const gallery = await store.gallery(GUILD, '');
    expect(gallery.map(({ job, stars }) => [job.id, stars])).toEqual([['finished', 2]]);
    expect([await store.hasStarred('finished', YUKI), await store.hasStarred('finished', INES)]).toEqual([
      true,
      false,
    ]);
    expect(await store.claimStarboard('finished')).toBe(false);
    expect(await store.stats(GUILD, '')).toEqual({
      style: 1,
      dream: 3,
      visualise: 0,
      sheet: 0,
      seconds: 170,
    });
    expect(await store.stats(null, YUKI)).toMatchObject({ visualise: 1 });

    expect(await store.copiesOf('finished')).toEqual([
      { guildId: null, channelId: DIRECT, messageId: '300000000000000011', userId: YUKI },
      { guildId: GUILD, channelId: CHANNEL, messageId: '300000000000000012', userId: null },
    ]);
    expect((await store.byMessage('300000000000000011'))?.id).toBe('finished');
    expect((await store.byMessage('300000000000000002'))?.id).toBe('deeper');
    expect((await store.unwantedMessages()).map(({ messageId }) => messageId)).toEqual([
      '300000000000000005',
      '300000000000000013',
    ]);

    expect(await store.settings(GUILD)).toEqual({
      ...{ channels: [CHANNEL], roles: [], blocked: ['400000000000000009'], forbiddenNetworks: ['vgg19'] },
      ...{ size: 640, perUser: 7, perGuild: 9, stopDeleted: false, style: 'woodcut' },
      ...{ galleryChannel: '200000000000000009', stars: 5, spoilers: true, reactions: true },
    });
    expect(await store.guildStyles(GUILD)).toEqual([]);
    expect(await store.ownStyle(YUKI)).toMatchObject({ title: 'My wallpaper', spoiler: true });
    expect(await store.form('5d0b5c3e-0000-4000-8000-000000000001', INES)).toMatchObject({
      pictures: [{ url: 'https://cdn.example/cat.png', name: 'cat.png', size: 3, spoiler: true }],
    });
    expect(await store.exportOf(YUKI)).toMatchObject({
      jobs: [{ id: 'direct' }, { id: 'queued' }],
      stars: ['finished'],
      copies: [{ messageId: '300000000000000011' }],
      style: { title: 'My wallpaper' },
      forms: [],
    });
  });
});

describe('the messages of the previous version', () => {
  let testBot: TestBot;
  /** The ids of the messages, by the end of the id they have in the fixture. */
  let ids: ReadonlyMap<string, string>;
  const [message, user] = [(end: string) => ids.get(`3000000000000000${end}`)!, (of: string) => ids.get(of)!];

  const button = (id: string) => ({ type: 2, style: 2, label: 'x', custom_id: id });
  const cancelButton = (id: string) => [{ type: 1, components: [button(id)] }];
  const FINISHED = [
    {
      type: 1,
      components: [
        button('v1:remix:finished'),
        button('v1:again:finished'),
        button('v1:deeper:finished'),
        button('v1:larger:finished'),
        button('v1:mine:finished'),
      ],
    },
    {
      type: 1,
      components: [
        button('v1:losses:finished'),
        button('v1:growth:finished'),
        button('v1:original:finished'),
      ],
    },
    {
      type: 1,
      components: [
        button('v1:star:finished'),
        button('v1:copy:finished'),
        button('v1:spoiler:finished'),
        button('v1:delete:finished'),
      ],
    },
  ];

  /** What the previous version had posted, in a new Discord; the database is told where that is. */
  function move(sandbox: Sandbox): void {
    const { id, channelIds } = sandbox.guilds[0]!;
    const [ines, marlow, yuki] = sandbox.users;
    const moved = new Map([
      [GUILD, id],
      [CHANNEL, channelIds[0]!],
      [INES, ines!.id],
      [MARLOW, marlow!.id],
      [YUKI, yuki!.id],
    ]);
    const posted = {
      '01': FINISHED,
      '02': cancelButton('v1:delete:deeper'),
      '05': [],
      '08': cancelButton('v1:cancel:delivering'),
      '09': cancelButton('v1:cancel:running'),
      '10': cancelButton('v1:cancel:queued'),
      '12': FINISHED,
      '13': [],
    };
    const by = { user: sandbox.applicationId, content: 'of the previous version' };
    for (const [end, components] of Object.entries(posted))
      moved.set(`3000000000000000${end}`, sandbox.post({ ...by, components }));
    replaceIds(moved);
    ids = moved;
  }
  const start = async (stepMs: number) => {
    testBot = await startTestBot({ folder, prepare: move, stepMs });
  };
  afterEach(() => testBot.stop());

  const messages = () => testBot.sandbox.messages(testBot.sandbox.guilds[0]!.channelIds[0]!) as Snapshot[];
  const shown = (end: string) => messages().find(({ id }) => id === message(end));
  const stateOf = async (id: string) =>
    ((await testBot.storage.job(id)) as { state?: string } | undefined)?.state;
  const press = (customId: string, by: string = INES, end = '01') =>
    testBot.sandbox.component({ message: message(end), customId, user: user(by) });

  it('get their pictures: what was queued, cut off, or not yet delivered', async () => {
    await start(1);
    for (const id of ['queued', 'running', 'delivering'])
      await expect.poll(() => stateOf(id)).toBe('completed');
    expect([...testBot.renderer.rendered].sort()).toEqual([15, 16]);
    for (const end of ['08', '09', '10']) expect(shown(end)!.attachments).toHaveLength(1);
    for (const end of ['08', '09', '10']) expect(isFinal(shown(end)!)).toBe(true);
    // What was to be deleted is.
    await expect.poll(() => [shown('05'), shown('13')]).toEqual([undefined, undefined]);
    await expect.poll(() => testBot.storage.unwantedMessages()).toEqual([]);
  });

  it('can still be cancelled', async () => {
    await start(1000);
    await press('v1:cancel:queued', YUKI, '10');
    await press('v1:cancel:running', MARLOW, '09');
    for (const id of ['queued', 'running']) await expect.poll(() => stateOf(id)).toBe('cancelled');
  });

  describe('have buttons that work', () => {
    beforeEach(async () => {
      await start(1);
      for (const id of ['queued', 'running', 'delivering'])
        await expect.poll(() => stateOf(id)).toBe('completed');
    });

    it('remix, with its form', async () => {
      const opened = await press('v1:remix:finished');
      expect(await opened.answered()).toBe(9);
      expect(opened.modal).toMatchObject({ custom_id: 'v1:remix:finished' });
      const sent = await testBot.sandbox.modal({
        customId: 'v1:remix:finished',
        fields: { strength: '6', brush: '2', colours: ['match'], size: '96', seed: '77' },
        message: message('01'),
      });
      await sent.until(isFinal);
      expect(testBot.renderer.requests.at(-1)).toMatchObject({
        seed: 77,
        size: 96,
        styleScale: 2,
        colour: 'match',
      });
    });

    it.each(['again', 'deeper', 'larger'])('%s, which makes a picture', async (action) => {
      const before = testBot.renderer.rendered.length;
      const result = await (await press(`v1:${action}:finished`)).until(isFinal);
      expect(result.attachments).toHaveLength(1);
      expect(testBot.renderer.rendered).toHaveLength(before + 1);
    });

    it("mine, which takes the person's own style", async () => {
      const result = await (await press('v1:mine:finished', YUKI)).until(isFinal);
      expect(result.attachments).toHaveLength(1);
      const own = (await testBot.storage.ownStyle(user(YUKI)))!.image;
      expect(testBot.renderer.requests.at(-1)).toMatchObject({ kind: 'style', styles: [{ image: own }] });
    });

    it.each(['losses', 'growth', 'original'])('%s, which shows a picture to one person', async (action) => {
      const reply = await (await press(`v1:${action}:finished`, MARLOW)).until(isFinal);
      expect(reply.attachments).toHaveLength(1);
    });

    it('star and copy', async () => {
      expect(textOf(await (await press('v1:star:finished')).until(isFinal))).not.toContain('no longer');
      expect(await testBot.storage.hasStarred('finished', user(INES))).toBe(true);
      await (await press('v1:copy:finished', MARLOW)).until(isFinal);
      const copies = async () => (await testBot.storage.copiesOf('finished')).map(({ userId }) => userId);
      await expect.poll(copies).toContain(user(MARLOW));
      // The whole of it is said again there, so every field and remark is still known by its name.
      const { channelId, messageId } = (await testBot.storage.copiesOf('finished')).find(
        ({ userId }) => userId === user(MARLOW),
      )!;
      const [embed] = (testBot.sandbox.messages(channelId) as Snapshot[]).find(({ id }) => id === messageId)!
        .embeds as { fields: { name: string; value: string }[]; footer: { text: string } }[];
      expect(embed!.fields.slice(0, 4).map(({ name, value }) => [name, value])).toEqual([
        ['Style', 'Swirling night'],
        ['α : β', '1 : 100'],
        ['Brush', '× 2'],
        ['Colours', 'from the picture'],
      ]);
      expect(embed!.footer.text.split('\n')).toHaveLength(4);
    });

    it('spoiler and delete, on a copy and on the message itself', async () => {
      await press('v1:spoiler:finished');
      await expect.poll(async () => (await testBot.storage.job('finished'))?.spoiler).toBe(true);
      await press('v1:delete:finished', INES, '01');
      await expect.poll(() => [shown('01'), shown('12')]).toEqual([undefined, undefined]);
      expect(await testBot.storage.job('finished')).toBeUndefined();
    });
  });
});
