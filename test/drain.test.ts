/** The program itself, told to end while it paints: what renders goes back to the queue, and the next process paints it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../src/sandbox/index.js';
import { openStorage, type Storage } from '../src/storage/storage.js';
import { over } from './bot-line.js';
import { noisePng } from './fixtures.js';

const PATIENCE = { timeout: 60_000, interval: 20 };
const STOPPED = [0, null];
/** Before Node 22.15 a process with a thread that hangs has no other way out. */
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
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const spoken = once(child.stdout, 'end');
  /** All that it has said: its last words may still be on their way when it has ended. */
  const words = async () => {
    await spoken;
    return said;
  };
  return { child, ended: once(child, 'exit'), words };
}
const startProgram = () => start('../src/main.ts');

/** Of the newest jobs, the oldest first. */
const states = (count: number) => [...reader.newest(count)].reverse().map(({ state }) => state);
const dream = async (size: number) => {
  const image = { name: 'a.png', bytes: await noisePng(size, size) };
  return sandbox.command({ name: 'dream', options: { image, size } });
};

describe('told to end while one renders and one waits', () => {
  // Ctrl-C under npm comes twice, from the terminal and from npm.
  for (const [name, first, ...more] of [
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT three times', 'SIGINT', 'SIGINT', 'SIGINT'],
  ] as const)
    it(`${name}: it ends by itself, and the next process paints both`, async () => {
      const bot = startProgram();
      await sandbox.untilCommands(60_000);
      const asked = [await dream(128), await dream(128)];
      await expect.poll(() => states(2), PATIENCE).toEqual(['running', 'queued']);
      bot.child.kill(first);
      for (const signal of more) {
        await setTimeout(20);
        bot.child.kill(signal);
      }
      expect(await bot.ended).toEqual(STOPPED);
      expect(states(2)).toEqual(['queued', 'queued']);
      // Stopped on purpose, it does not count as an attempt.
      expect(reader.newest(2).map(({ attempts }) => attempts)).toEqual([0, 0]);
      expect(reader.integrity()).toBe('ok');

      startProgram();
      for (const one of asked) expect((await one.until(over, 60_000)).attachments).toHaveLength(1);
      await expect.poll(() => states(2), PATIENCE).toEqual(['completed', 'completed']);
    });

  it('in the middle of a step that takes long: it ends by itself', async () => {
    const bot = startProgram();
    await sandbox.untilCommands(60_000);
    const image = { name: 'a.png', bytes: await noisePng(512, 512) };
    const painted = await sandbox.command({ name: 'style', options: { image, preset: 'starry', size: 768 } });
    // Steps of the size, not of a smaller one.
    await painted.until(({ attachments }) => attachments.length > 0, 60_000);
    bot.child.kill('SIGTERM');
    expect(await bot.ended).toEqual(STOPPED);
    expect(states(1)).toEqual(['queued']);
  });
});

it('told to end while it waits for Discord: it ends by itself', async () => {
  sandbox.fault({ method: 'GET', path: /gateway\/bot/, status: 503, times: 1000 });
  const bot = startProgram();
  await expect.poll(() => sandbox.requests.length, PATIENCE).toBeGreaterThan(0);
  bot.child.kill('SIGTERM');
  expect(await bot.ended).toEqual(STOPPED);
});

describe('a step that hangs', () => {
  const startHanging = async (stallMs: number) => {
    const bot = start('./hanging-bot.ts', sandbox.api, sandbox.token, folder, String(stallMs));
    await sandbox.untilCommands(60_000);
    const asked = await dream(64);
    await expect.poll(() => states(1), PATIENCE).toEqual(['running']);
    return { ...bot, asked };
  };

  it('ends the process with a code of its own, and the next process paints the job', async () => {
    const { child, ended, words, asked } = await startHanging(2000);
    expect(await ended).toEqual(HUNG);
    child.stdin.end();
    expect(await words()).toContain('rendering hangs; exiting with code 75');
    expect(reader.newest(1)).toMatchObject([{ state: 'running', attempts: 1 }]);
    expect(reader.integrity()).toBe('ok');

    startProgram();
    expect((await asked.until(over, 60_000)).attachments).toHaveLength(1);
    await expect.poll(() => reader.newest(1), PATIENCE).toMatchObject([{ state: 'completed', attempts: 2 }]);
  });

  it('keeps no process from ending that was told to', async () => {
    const { child, ended, words } = await startHanging(60_000);
    child.kill('SIGTERM');
    expect(await ended).toEqual(HUNG);
    child.stdin.end();
    expect(await words()).toMatch(/"waitingFor":"renderer".*could not stop in time/);
    expect(states(1)).toEqual(['running']);
    expect(reader.integrity()).toBe('ok');
  });
});
