/** The program itself, told to end while it paints: what renders goes back to the queue, and the next process paints it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../src/sandbox/index.js';
import { Store } from '../src/store/store.js';
import { over } from './bot-line.js';
import { noisePng } from './fixtures.js';

const PATIENCE = { timeout: 60_000, interval: 20 };

let folder: string;
let sandbox: Sandbox;
let running: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-drain-'));
  sandbox = await startSandbox();
});
afterEach(async () => {
  running?.kill('SIGKILL');
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

function startProgram() {
  const program = new URL('../src/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    env: {
      ...process.env,
      ...{ DISCORD_TOKEN: sandbox.token, DISCORD_API: sandbox.api, HEALTH_PORT: '0', LOG_LEVEL: 'warn' },
      ...{ DATA_DIR: folder, MODELS_DIR: '', ENGINE: 'onnx', DEVICE: 'cpu' },
    },
    stdio: 'inherit',
  });
  running = child;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, ended };
}

it('SIGTERM while one renders and one waits: it ends by itself, and the next process paints both', async () => {
  const bot = startProgram();
  await sandbox.untilCommands(60_000);
  const reader = new Store(folder, pino({ level: 'silent' }));
  const states = () => [...reader.newest(2)].reverse().map(({ state }) => state);
  const image = { name: 'a.png', bytes: await noisePng(128, 128) };
  const dream = () => sandbox.command({ name: 'dream', options: { image, size: 128 } });
  const asked = [await dream(), await dream()];
  await expect.poll(states, PATIENCE).toEqual(['running', 'queued']);
  bot.child.kill('SIGTERM');
  expect(await bot.ended).toBe(0);
  expect(states()).toEqual(['queued', 'queued']);
  // Stopped on purpose, it does not count as an attempt.
  expect(reader.newest(2).map(({ attempts }) => attempts)).toEqual([0, 0]);
  expect(reader.integrity()).toBe('ok');

  startProgram();
  for (const one of asked) expect((await one.until(over, 60_000)).attachments).toHaveLength(1);
  await expect.poll(states, PATIENCE).toEqual(['completed', 'completed']);
  reader.close();
});
