/** How the bot recovers the jobs that the previous process left behind. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { startBot } from '../src/bot/bot.js';
import type { NewJob } from '../src/jobs/job-repository.js';
import { JobQueue } from '../src/jobs/queue.js';
import { createPresets } from '../src/styles/presets.js';
import { startSandbox } from '../src/sandbox/index.js';
import { openStorage } from '../src/storage/storage.js';
import { isFinal, startTestBot } from './test-bot.js';
import { noisePng, sequence } from './fixtures.js';
import { TinyRenderer } from './tiny-renderer.js';

const log = pino({ level: 'silent' });
const MAX_ATTEMPTS = 3;
/** The upload limit recorded with the job; it still applies after a restart. */
const UPLOAD_LIMIT = 20_000;

const job = (of: Pick<NewJob, 'id' | 'userId' | 'guildId' | 'channelId'>, request: NewJob['request']) => ({
  ...of,
  locale: 'en',
  uploadLimit: UPLOAD_LIMIT,
  ageRestricted: false,
  spoiler: false,
  fromPicture: true,
  createdAt: new Date(),
  request,
  plan: { kind: 'dream', network: 'mini', width: 8, height: 8, scales: 1, steps: 3, cost: 1 } as const,
  fields: [],
  styles: [],
});

it('restarts interrupted jobs, gives up after too many interruptions, and delivers finished pictures', async () => {
  const sandbox = await startSandbox();
  const folder = await mkdtemp(path.join(tmpdir(), 'reverie-recovery-'));
  const renderer = new TinyRenderer();
  const noise = Uint8Array.from(sequence(200 * 200 * 3, 5, 0, 256));
  renderer.result = { width: 200, height: 200, data: noise };
  const guild = sandbox.guilds[0]!;
  const image = await noisePng(16, 16);
  const at = { userId: sandbox.users[0]!.id, guildId: guild.id, channelId: guild.channelIds[0]! };
  const before = openStorage(folder, log);
  for (const [id, seed, interruptions] of [
    ['unlucky', 1, MAX_ATTEMPTS - 1],
    ['killer', 2, MAX_ATTEMPTS],
    ['finished', 3, 1],
  ] as const) {
    await before.create(job({ id, ...at }, { kind: 'dream', image, seed }));
    // Nobody said 'queued' in between: each of these was cut off.
    for (let attempt = 0; attempt < interruptions; attempt++) before.recordState(id, 'running');
  }
  const trace = { request: {}, engine: 'tiny', device: 'none', seconds: 1, steps: [] };
  await before.saveResult('finished', {
    image: { bytes: image, format: 'png', width: 16, height: 16 },
    trace,
  });
  before.recordState('finished', 'delivering');
  before.close();

  const repository = openStorage(folder, log);
  const queue = new JobQueue({ renderer, log, journal: repository });
  const bot = await startBot({
    token: sandbox.token,
    api: sandbox.api,
    maxAttempts: MAX_ATTEMPTS,
    renderer,
    presets: createPresets(),
    queue,
    repository,
    log,
  });
  const state = async (id: string) => (await repository.job(id))?.state;
  const states = async () => [await state('unlucky'), await state('killer'), await state('finished')];
  await expect.poll(states).toEqual(['completed', 'failed', 'completed']);
  expect(renderer.rendered).toEqual([1]);
  await expect
    .poll(() => JSON.stringify(sandbox.messages(guild.channelIds[0]!)))
    .toContain('I was interrupted several times while painting that picture, so I’ve stopped trying.');
  const messages = sandbox.messages(guild.channelIds[0]!) as {
    attachments: { size: number }[];
    mentions: unknown[];
  }[];
  const sizes = messages.flatMap(({ attachments }) => attachments.map(({ size }) => size));
  expect(sizes).toHaveLength(2);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(UPLOAD_LIMIT);
  expect(messages.flatMap(({ mentions }) => mentions)).toEqual([]);

  await queue.drain();
  await bot.stop();
  repository.close();
  await sandbox.close();
  await rm(folder, { recursive: true });
});

it('says why a waiting request is refused after a restart, and continues with the others', async () => {
  const testBot = await startTestBot();
  const { sandbox, storage, renderer } = testBot;
  const image = new Uint8Array(testBot.image.bytes);
  const guild = sandbox.guilds[0]!;
  const at = { userId: sandbox.users[0]!.id, guildId: guild.id, channelId: guild.channelIds[0]! };
  const targets = [{ layer: 'nonsense' }];
  await storage.create(job({ id: 'refused', ...at }, { kind: 'dream', image, targets, seed: 1 }));
  await storage.create(job({ id: 'good', ...at }, { kind: 'dream', image, seed: 2 }));
  await testBot.restart();
  const states = async () => [
    (await testBot.storage.job('refused'))?.state,
    (await testBot.storage.job('good'))?.state,
  ];
  await expect.poll(states).toEqual(['failed', 'completed']);
  expect(renderer.rendered).toEqual([2]);
  expect(JSON.stringify(sandbox.messages(at.channelId))).toContain('mini has no layer called');
  await testBot.stop();
});

it('carries on when nobody can be told that a job was given up', async () => {
  const testBot = await startTestBot();
  const { sandbox, storage, image } = testBot;
  const at = {
    userId: sandbox.addUser({ name: 'Hermit', refusesDirectMessages: true }).id,
    guildId: sandbox.guilds[0]!.id,
    channelId: '404',
  };
  await storage.create(job({ id: 'lost', ...at }, { kind: 'dream', image: new Uint8Array(image.bytes) }));
  for (let attempt = 0; attempt < 5; attempt++) storage.recordState('lost', 'running');
  await testBot.restart();
  const unreported = () =>
    testBot.logged.filter(({ msg }) => msg.includes('could not tell anyone')).map((one) => one.job);
  await expect.poll(unreported).toEqual(['lost']);
  expect((await testBot.dream()).attachments).toHaveLength(1);
  await testBot.stop();
});

it('reports a picture that is missing from the disk, and renders a missing result again', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'reverie-lost-'));
  const testBot = await startTestBot({ folder });
  const { sandbox, renderer } = testBot;
  const storage = () => testBot.storage;
  const guild = sandbox.guilds[0]!;
  const channelId = guild.channelIds[0]!;
  const at = { userId: sandbox.users[0]!.id, guildId: guild.id, channelId };
  const [lost, kept] = [await noisePng(16, 16, 2), await noisePng(16, 16, 3)];
  await storage().create(job({ id: 'lost', ...at }, { kind: 'dream', image: lost, seed: 1 }));
  await storage().create(job({ id: 'unsent', ...at }, { kind: 'dream', image: kept, seed: 2 }));
  const sent = await noisePng(16, 16, 4);
  const trace = { request: {}, engine: 'tiny', device: 'none', seconds: 1, steps: [] };
  await storage().saveResult('unsent', {
    image: { bytes: sent, format: 'png', width: 16, height: 16 },
    trace,
  });
  storage().recordState('unsent', 'delivering');
  const deleteFromDisk = async (bytes: Uint8Array) => {
    const hash = createHash('sha256').update(bytes).digest('hex');
    await rm(path.join(folder, 'pictures', hash.slice(0, 2), hash));
  };
  for (const bytes of [lost, sent]) await deleteFromDisk(bytes);
  await testBot.restart();
  const states = async () => [(await storage().job('lost'))?.state, (await storage().job('unsent'))?.state];
  await expect.poll(states).toEqual(['failed', 'completed']);
  expect(renderer.rendered).toEqual([2]);
  await expect
    .poll(() => JSON.stringify(sandbox.messages(channelId)))
    .toContain('I no longer have that picture.');

  const { bytes } = (await storage().result('unsent'))!.image;
  await deleteFromDisk(bytes);
  await storage().star('unsent', at.userId, true);
  const gallery = await (await sandbox.command({ name: 'gallery', guild: guild.id })).until(isFinal);
  expect([gallery.content.includes('⭐'), gallery.attachments]).toEqual([true, []]);
  await testBot.stop();
  await rm(folder, { recursive: true });
});
