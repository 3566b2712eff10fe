/** The program is stopped while it renders: the job goes back to the queue, and the next process renders it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startSandbox, type Sandbox } from '../src/sandbox/index.js';
import { openStorage, type Storage } from '../src/storage/storage.js';
import { isFinal } from './test-bot.js';
import { noisePng } from './fixtures.js';

/** Each test starts several processes. How long that takes on a busy machine says nothing about them. */
vi.setConfig({ testTimeout: 240_000 });
const POLL = { timeout: 120_000, interval: 20 };
const STOPPED = [0, null];
/** Before Node 22.15, a process with a thread that hangs can only be killed. */
const HUNG = 'execve' in process ? [75, null] : [null, 'SIGKILL'];

let folder: string;
let sandbox: Sandbox;
let reader: Storage;
let running: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-drain-'));
  sandbox = await startSandbox();
  reader = openStorage(folder, pino({ level: 'silent' }));
});
afterEach(async () => {
  running?.kill('SIGKILL');
  running?.stdin?.destroy();
  reader.close();
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

function start(program: string, ...args: string[]) {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', new URL(program, import.meta.url).pathname, ...args],
    {
      env: {
        ...process.env,
        ...{ DISCORD_TOKEN: sandbox.token, DISCORD_API: sandbox.api, HEALTH_PORT: '0', LOG_LEVEL: 'warn' },
        ...{ DATA_DIR: folder, MODELS_DIR: '', ENGINE: 'onnx', DEVICE: 'cpu' },
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  running = child;
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  const closed = once(child.stdout, 'end');
  /** Everything it printed. The last output may arrive after the process has exited. */
  const printed = async () => {
    await closed;
    return output;
  };
  return { child, ended: once(child, 'exit'), printed };
}
const startProgram = () => start('../src/main.ts');

/** The states of the newest jobs, the oldest first. */
const states = (count: number) => [...reader.newest(count)].reverse().map(({ state }) => state);
const dream = async (size: number) => {
  const image = { name: 'a.png', bytes: await noisePng(size, size) };
  return sandbox.command({ name: 'dream', options: { image, size } });
};

describe('stopped while one job renders and another waits', () => {
  // Under npm, Ctrl-C arrives twice: from the terminal and from npm.
  for (const [name, first, ...more] of [
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT three times', 'SIGINT', 'SIGINT', 'SIGINT'],
  ] as const)
    it(`${name}: it exits cleanly, and the next process renders both`, async () => {
      const bot = startProgram();
      await sandbox.untilCommands(120_000);
      const invocations = [await dream(128), await dream(128)];
      await expect.poll(() => states(2), POLL).toEqual(['running', 'queued']);
      bot.child.kill(first);
      for (const signal of more) {
        await setTimeout(20);
        bot.child.kill(signal);
      }
      expect(await bot.ended).toEqual(STOPPED);
      expect(states(2)).toEqual(['queued', 'queued']);
      // A run that was stopped on purpose does not count as an attempt.
      expect(reader.newest(2).map(({ attempts }) => attempts)).toEqual([0, 0]);
      expect(reader.integrity()).toBe('ok');

      startProgram();
      for (const one of invocations) expect((await one.until(isFinal, 120_000)).attachments).toHaveLength(1);
      await expect.poll(() => states(2), POLL).toEqual(['completed', 'completed']);
    });

  it('in the middle of a long step: it exits cleanly', async () => {
    const bot = startProgram();
    await sandbox.untilCommands(120_000);
    const image = { name: 'a.png', bytes: await noisePng(512, 512) };
    const painted = await sandbox.command({ name: 'style', options: { image, preset: 'starry', size: 768 } });
    // The steps of the full size have begun.
    await painted.until(({ attachments }) => attachments.length > 0, 120_000);
    bot.child.kill('SIGTERM');
    expect(await bot.ended).toEqual(STOPPED);
    expect(states(1)).toEqual(['queued']);
  });
});

it('stopped while it waits for Discord: it exits cleanly', async () => {
  sandbox.fault({ method: 'GET', path: /gateway\/bot/, status: 503, times: 1000 });
  const bot = startProgram();
  await expect.poll(() => sandbox.requests.length, POLL).toBeGreaterThan(0);
  bot.child.kill('SIGTERM');
  expect(await bot.ended).toEqual(STOPPED);
});

describe('a step that hangs', () => {
  const startHanging = async (stallMs: number) => {
    const bot = start('./hanging-bot.ts', sandbox.api, sandbox.token, folder, String(stallMs));
    await sandbox.untilCommands(120_000);
    const asked = await dream(64);
    await expect.poll(() => states(1), POLL).toEqual(['running']);
    return { ...bot, asked };
  };

  it('ends the process with its own exit code, and the next process renders the job', async () => {
    const { child, ended, printed, asked } = await startHanging(2000);
    expect(await ended).toEqual(HUNG);
    child.stdin.end();
    expect(await printed()).toContain('rendering hangs; exiting with code 75');
    expect(reader.newest(1)).toMatchObject([{ state: 'running', attempts: 1 }]);
    expect(reader.integrity()).toBe('ok');

    startProgram();
    expect((await asked.until(isFinal, 120_000)).attachments).toHaveLength(1);
    await expect.poll(() => reader.newest(1), POLL).toMatchObject([{ state: 'completed', attempts: 2 }]);
  });

  it('does not keep a process that was told to stop from exiting', async () => {
    const { child, ended, printed } = await startHanging(120_000);
    child.kill('SIGTERM');
    expect(await ended).toEqual(HUNG);
    child.stdin.end();
    expect(await printed()).toMatch(/"waitingFor":"renderer".*could not stop in time/);
    expect(states(1)).toEqual(['running']);
    expect(reader.integrity()).toBe('ok');
  });
});
