/** The program with MODELS_PULL: its log, its answers during the download, and its shutdown. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readManifest } from '../src/weights/manifest.js';
import { startSandbox, type Sandbox } from '../src/sandbox/index.js';
import { isFinal } from './test-bot.js';
import { serveFile, type FileServer } from './file-server.js';

interface Line {
  readonly msg: string;
  readonly network?: string;
  readonly percent?: number;
}

let folder: string;
let sandbox: Sandbox;
let mirror: FileServer;
let size: number;
let running: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-start-'));
  sandbox = await startSandbox();
  size = (await readManifest()).squeezenet!.original!.size;
  mirror = await serveFile(new Uint8Array(size));
});
afterEach(async () => {
  running?.kill('SIGKILL');
  await sandbox.close();
  await mirror.close();
  await rm(folder, { recursive: true, force: true });
});

/** Collects its log lines. `until` waits for one. */
function startProgram() {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', new URL('../src/main.ts', import.meta.url).pathname],
    {
      env: {
        ...process.env,
        ...{ DISCORD_TOKEN: sandbox.token, DISCORD_API: sandbox.api, HEALTH_PORT: '0', LOG_LEVEL: 'info' },
        ...{ DATA_DIR: folder, MODELS_DIR: '', MODELS_MIRROR: new URL('.', mirror.address).href },
        MODELS_PULL: 'nonsense,squeezenet',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  running = child;
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  createInterface(child.stdout).on('line', (text) => {
    lines.push(JSON.parse(text) as Line);
    for (const look of waiting) look();
  });
  const until = (wanted: (line: Line) => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (lines.some(wanted)) resolve();
      };
      waiting.add(look);
      look();
    });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, lines, until, ended };
}

it('logs the progress, answers meanwhile, stops at once and resumes at the next start', async () => {
  const first = Math.ceil(size * 0.35);
  mirror.faults.push({ kind: 'stall', after: first });
  const bot = startProgram();
  await bot.until(({ percent }) => percent !== undefined && percent >= 30);
  await sandbox.untilCommands();
  const answer = await (await sandbox.command({ name: 'about' })).until(isFinal);
  expect(answer.content).toContain('mini');
  bot.child.kill('SIGTERM');
  expect(await bot.ended).toBe(0);
  const percents = bot.lines.flatMap(({ network, percent }) => (network === 'squeezenet' ? [percent!] : []));
  expect(percents.length).toBeGreaterThanOrEqual(2);
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  expect(bot.lines.find(({ network }) => network === 'nonsense')!.msg).toMatch(/There is no network/);
  const models = path.join(folder, 'models');
  expect(await readdir(models)).toEqual(['squeezenet.original.part']);
  expect((await stat(path.join(models, 'squeezenet.original.part'))).size).toBe(first);

  mirror.faults.push({ kind: 'stall', after: size - 1 });
  const next = startProgram();
  await next.until(({ percent }) => percent !== undefined && percent >= 90);
  expect(mirror.ranges).toEqual(['', `bytes=${first}-`]);
  next.child.kill('SIGTERM');
  expect(await next.ended).toBe(0);
});
