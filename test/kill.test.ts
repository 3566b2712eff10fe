/** The process is killed in every state that a job can be in; the next one takes it up. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bear, hear } from '../bench/bot-process.js';
import type { JobState } from '../src/jobs/job.js';
import { startSandbox, type Sandbox, type Snapshot } from '../src/sandbox/index.js';
import { Store } from '../src/store/store.js';
import { buttonOf, over } from './bot-line.js';
import { noisePng } from './fixtures.js';

const PATIENCE = { timeout: 20_000, interval: 10 };
const QUICK_MS = 1;
const SLOW_MS = 1000;
const NEVER_MS = 60_000;
/** A message's edits, as answers to an interaction and as the bot's own. */
const EDITS = { method: 'PATCH', path: /\/messages\// };

let sandbox: Sandbox;
let folder: string;
let reader: Store;
let child: ChildProcess;
let image: { name: string; bytes: Uint8Array };

async function start(stepMs: number): Promise<void> {
  child = bear(sandbox, folder, stepMs);
  await hear(child, 'ready');
}
async function kill(): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  expect(reader.integrity()).toBe('ok');
}
const dream = (seed = 1) => sandbox.command({ name: 'dream', options: { image, seed } });
const jobs = () => [...reader.newest(10)].reverse();
const states = () => jobs().map(({ state }) => state);
const are = (...wanted: JobState[]) => expect.poll(states, PATIENCE).toEqual(wanted);
const finals = () =>
  sandbox.guilds
    .flatMap(({ channelIds }) => channelIds)
    .flatMap((id) => sandbox.messages(id) as Snapshot[])
    .filter(over);

beforeEach(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-kill-'));
  reader = new Store(folder, pino({ level: 'silent' }));
  image = { name: 'a.png', bytes: await noisePng(16, 16) };
});
afterEach(async () => {
  child.kill('SIGKILL');
  reader.close();
  await sandbox.close();
  await rm(folder, { recursive: true });
});

it('running and queued: both begin again', async () => {
  await start(NEVER_MS);
  await dream();
  await dream();
  await are('running', 'queued');
  await kill();
  await start(QUICK_MS);
  await are('completed', 'completed');
  expect(jobs().map(({ attempts }) => attempts)).toEqual([2, 1]);
  expect(finals().map(({ attachments }) => attachments.length)).toEqual([1, 1]);
});

it('delivering, before the result is kept: it is rendered again', async () => {
  await start(QUICK_MS);
  // The message's first edit is still on its way.
  sandbox.fault({ ...EDITS, status: 503, delayMs: NEVER_MS });
  await dream();
  await are('delivering');
  expect(await reader.result(jobs()[0]!.id)).toBeUndefined();
  await kill();
  await start(QUICK_MS);
  await are('completed');
  expect(jobs()[0]!.attempts).toBe(2);
  expect(finals().map(({ attachments }) => attachments.length)).toEqual([1]);
});

it('delivering, with the result kept: it is delivered and not rendered again', async () => {
  await start(QUICK_MS);
  sandbox.fault({ ...EDITS, status: 503, times: 12 });
  await dream();
  await expect.poll(async () => jobs()[0] && (await reader.result(jobs()[0]!.id)), PATIENCE).toBeDefined();
  expect(states()).toEqual(['delivering']);
  await kill();
  expect(finals()).toEqual([]);
  await start(QUICK_MS);
  await are('completed');
  expect(jobs()[0]!.attempts).toBe(1);
  expect(finals().map(({ attachments }) => attachments.length)).toEqual([1]);
});

it('delivering, after Discord took the picture and before that was written down: it is said again in the same message', async () => {
  await start(QUICK_MS);
  sandbox.fault({ ...EDITS, status: 0, late: true, times: 12 });
  await (await dream()).until(over);
  expect(states()).toEqual(['delivering']);
  await kill();
  expect(finals()).toHaveLength(1);
  await start(QUICK_MS);
  await are('completed');
  expect(jobs()[0]!.attempts).toBe(1);
  expect(finals().map(({ attachments }) => attachments.length)).toEqual([1]);
});

it('completed, failed and cancelled: nothing more is said', async () => {
  await start(QUICK_MS);
  await dream();
  await are('completed');
  await dream(13);
  await are('completed', 'failed');
  await kill();
  await start(SLOW_MS);
  const running = await dream();
  await are('completed', 'failed', 'running');
  const shown = await running.until(({ components }) => components.length > 0);
  await sandbox.component({ message: shown.id, customId: buttonOf(shown, 'cancel') });
  await are('completed', 'failed', 'cancelled');
  await kill();
  const edits = () => sandbox.requests.filter(({ path }) => path.includes('/messages')).length;
  const before = edits();
  await start(QUICK_MS);
  expect(states()).toEqual(['completed', 'failed', 'cancelled']);
  expect(edits()).toBe(before);
});
