/** The process is killed while jobs are in each of their states; the next process takes them up. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobState } from '../src/jobs/job.js';
import { startSandbox, type Sandbox, type Snapshot } from '../src/sandbox/index.js';
import { openStorage, type Storage } from '../src/storage/storage.js';
import { buttonOf, isFinal } from './test-bot.js';
import { spawnBot, waitForMessage } from './bot-process.js';
import { noisePng } from './fixtures.js';

/** Each test starts several processes. How long that takes on a busy machine says nothing about them. */
vi.setConfig({ testTimeout: 240_000 });
const POLL = { timeout: 60_000, interval: 10 };
const QUICK_MS = 1;
const SLOW_MS = 1000;
const NEVER_MS = 60_000;
/** Edits of messages, through an interaction or by the bot itself. */
const EDITS = { method: 'PATCH', path: /\/messages\// };
/** Messages that the bot posts outside of an interaction. */
const POSTS = { method: 'POST', path: /^\/channels\/\d+\/messages$/ };
const HISTORY = { method: 'GET', path: POSTS.path };
/** discord.js retries a failed request three times. */
const TRIES = 4;
/** After this time, Discord has forgotten every nonce. */
const LONG_MS = 10 * 60_000;

let skew = 0;
let sandbox: Sandbox;
let folder: string;
let reader: Storage;
let child: ChildProcess;
let image: { name: string; bytes: Uint8Array };

async function start(stepMs: number): Promise<void> {
  child = spawnBot(sandbox, folder, stepMs);
  await waitForMessage(child, 'ready');
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
const are = (...wanted: JobState[]) => expect.poll(states, POLL).toEqual(wanted);
const messages = () =>
  sandbox.guilds.flatMap(({ channelIds }) => channelIds).flatMap((id) => sandbox.messages(id) as Snapshot[]);
const finals = () => messages().filter(isFinal);
/** Every message that has a button of the job. */
const messagesOf = (job: string) =>
  messages().filter(({ components }) => JSON.stringify(components).includes(job));
const countRequests = ({ method, path }: typeof POSTS, status: number) =>
  sandbox.requests.filter(
    (request) => request.method === method && path.test(request.path) && request.status === status,
  ).length;

beforeEach(async () => {
  skew = 0;
  sandbox = await startSandbox({ now: () => Date.now() + skew });
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-kill-'));
  reader = openStorage(folder, pino({ level: 'silent' }));
  image = { name: 'a.png', bytes: await noisePng(16, 16) };
});
afterEach(async () => {
  child.kill('SIGKILL');
  reader.close();
  await sandbox.close();
  await rm(folder, { recursive: true });
});

it('running and queued: both start over', async () => {
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

it('delivering, before the result is stored: it is rendered again', async () => {
  await start(QUICK_MS);
  // The first edit of the message is still under way.
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

it('delivering, with the result stored: it is delivered and not rendered again', async () => {
  await start(QUICK_MS);
  sandbox.fault({ ...EDITS, status: 503, times: 12 });
  await dream();
  await expect.poll(async () => jobs()[0] && (await reader.result(jobs()[0]!.id)), POLL).toBeDefined();
  expect(states()).toEqual(['delivering']);
  await kill();
  expect(finals()).toEqual([]);
  await start(QUICK_MS);
  await are('completed');
  expect(jobs()[0]!.attempts).toBe(1);
  expect(finals().map(({ attachments }) => attachments.length)).toEqual([1]);
});

it('delivering, after Discord accepted the picture but before that was recorded: it is delivered again in the same message', async () => {
  await start(QUICK_MS);
  sandbox.fault({ ...EDITS, status: 0, late: true, times: 12 });
  await (await dream()).until(isFinal);
  expect(states()).toEqual(['delivering']);
  await kill();
  expect(finals()).toHaveLength(1);
  await start(QUICK_MS);
  await are('completed');
  expect(jobs()[0]!.attempts).toBe(1);
  expect(finals().map(({ attachments }) => attachments.length)).toEqual([1]);
});

it('completed, failed and cancelled: nothing more is posted', async () => {
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

describe('a message that Discord accepted but the bot did not record', () => {
  const ALL_BUT_HISTORY = ((1n << 47n) - 1n) & ~(1n << 16n);

  /** Discord accepts the next message but the answer is lost, and the process is killed before it looks for the message. */
  async function loseAnswer(): Promise<void> {
    sandbox.fault({ ...POSTS, status: 502, late: true, times: TRIES });
    sandbox.fault({ ...HISTORY, status: 503, delayMs: NEVER_MS });
    await expect.poll(() => countRequests(POSTS, 502), POLL).toBe(TRIES);
  }
  /** The only message of the job, which is final. */
  function only(job: string): Snapshot {
    const [one, ...more] = messagesOf(job);
    expect(more).toEqual([]);
    expect([isFinal(one!), one!.attachments.length]).toEqual([true, 1]);
    return one!;
  }

  it('of a job that a reaction started: it becomes the result, even when its nonce is forgotten', async () => {
    await start(300);
    const parent = await (await dream()).until(isFinal);
    await are('completed');
    sandbox.react({ message: parent.id, emoji: '🔁' });
    await loseAnswer();
    const { id, message } = jobs()[1]!;
    expect(message).toBeUndefined();
    expect(messagesOf(id).map(isFinal)).toEqual([false]);
    await kill();
    skew = LONG_MS;
    await start(QUICK_MS);
    await are('completed', 'completed');
    expect(jobs()[1]!.message?.messageId).toBe(only(id).id);
  });

  it.each([
    ['found in the channel when its nonce is forgotten', undefined, LONG_MS],
    ['recognised by its nonce when the bot may not read the history', ALL_BUT_HISTORY, 0],
  ])('replaces a deleted one: it is %s', async (_how, permissions, after) => {
    await start(300);
    const settings = { name: 'settings limits', options: { stop_deleted: false } };
    await (await sandbox.command(settings)).until(isFinal);
    const shown = await (await dream()).until(({ components }) => components.length > 0);
    const job = buttonOf(shown, 'cancel').split(':')[2]!;
    sandbox.deleteMessage(shown.id);
    await loseAnswer();
    expect(states()).toEqual(['delivering']);
    expect(messagesOf(job).map(isFinal)).toEqual([true]);
    await kill();
    skew = after;
    if (permissions !== undefined) sandbox.limitPermissions(shown.channelId, permissions);
    await start(QUICK_MS);
    await are('completed');
    expect(jobs()[0]!.message?.messageId).toBe(only(job).id);
  });
});

describe('the reason for a missing picture that was stored but not posted is posted by the next process', () => {
  it('of a job that failed', async () => {
    await start(QUICK_MS);
    // The first edit of the message is still under way.
    sandbox.fault({ ...EDITS, status: 503, delayMs: NEVER_MS });
    const invocation = await dream(13);
    await expect.poll(() => jobs()[0]?.code, POLL).toBe('internal');
    await kill();
    expect(invocation.history.filter(isFinal)).toEqual([]);
    await start(QUICK_MS);
    await are('failed');
    expect(jobs()[0]).toMatchObject({ attempts: 1, code: 'internal' });
    expect(finals().map(({ content }) => content)).toEqual([
      expect.stringContaining('Something went wrong on my side'),
    ]);
  });

  it('of a job that was cancelled', async () => {
    await start(SLOW_MS);
    const invocation = await dream();
    const shown = await invocation.until(({ components }) => components.length > 0);
    sandbox.fault({ ...EDITS, status: 503, delayMs: NEVER_MS });
    await sandbox.component({ message: shown.id, customId: buttonOf(shown, 'cancel') });
    await expect.poll(() => jobs()[0]?.code, POLL).toBe('aborted');
    await kill();
    expect(invocation.history.filter(isFinal)).toEqual([]);
    await start(QUICK_MS);
    await are('cancelled');
    expect(finals().map(({ content }) => content)).toEqual([expect.stringContaining('cancelled')]);
    expect(messagesOf(jobs()[0]!.id)).toEqual([]);
  });
});
