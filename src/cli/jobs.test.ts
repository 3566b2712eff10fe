/** `reverie jobs` beside a store that somebody else holds open, as a running bot does. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStorage, type Storage } from '../storage/storage.js';

const log = pino({ level: 'silent' });
const main = new URL('main.ts', import.meta.url).pathname;
const picture = Uint8Array.from([1, 2, 3]);
let folder: string;
let bot: Storage;

function jobs(...args: readonly string[]) {
  const env = { ...process.env, DATA_DIR: path.join(folder, 'data') };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', main, 'jobs', ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-jobs-'));
  bot = openStorage(path.join(folder, 'data'), log);
  for (const id of ['first', 'second'])
    await bot.create({
      id,
      userId: '7',
      guildId: '8',
      channelId: '9',
      locale: 'en',
      uploadLimit: 1000,
      ageRestricted: false,
      spoiler: false,
      fromPicture: true,
      createdAt: new Date(1_700_000_000_000),
      request: { kind: 'dream', image: picture },
      plan: { kind: 'dream', network: 'mini', width: 8, height: 6, scales: 1, steps: 3, cost: 1 },
      fields: [],
      styles: [],
    });
  bot.recordState('first', 'running');
  bot.recordState('first', 'failed', 'timed-out');
});
afterAll(async () => {
  bot.close();
  await rm(folder, { recursive: true });
});

it('lists, shows, retries and exports while the bot runs', async () => {
  const { stdout } = await jobs('list');
  expect(stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/^second {2}queued .*dream mini 8×6/),
    expect.stringMatching(/^first {2}failed \(timed-out\).*attempts 1/),
  ]);

  const { id, state, code } = JSON.parse((await jobs('show', 'first')).stdout) as Record<string, unknown>;
  expect({ id, state, code }).toEqual({ id: 'first', state: 'failed', code: 'timed-out' });
  expect(await jobs('show', 'none')).toMatchObject({ code: 1, stderr: 'There is no job none.\n' });

  expect((await jobs('retry', 'first')).code).toBe(0);
  expect(await bot.job('first')).toMatchObject({ state: 'queued', attempts: 0 });
  expect((await jobs('retry', 'second')).stderr).toContain('Job second is queued');

  const copy = path.join(folder, 'copy');
  expect((await jobs('export', copy)).code).toBe(0);
  const opened = openStorage(copy, log);
  expect(await opened.request('second')).toEqual({ kind: 'dream', image: picture });
  expect(opened.integrity()).toBe('ok');
  opened.close();
});
