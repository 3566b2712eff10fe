/** Stops the program at random moments of a render and reports how it exited: `npm run bench -- stops [count]`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { startSandbox, type Invocation, type Sandbox } from '../src/sandbox/index.js';
import { openStorage } from '../src/storage/storage.js';
import { isFinal } from '../test/test-bot.js';
import { noisePng } from '../test/fixtures.js';
import { TEST_DATA } from '../test/test-data.js';

const PROGRAM = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** Reaches into the choice of the engine, the loading of weights, the compilation or the first steps. */
const DELAY_MAX_MS = 8000;
const START_MS = 120_000;
const DELIVERY_MS = 30 * 60_000;

export interface StopsReport {
  readonly stops: number;
  /** How often the process exited with each code or signal. */
  readonly ends: Readonly<Record<string, number>>;
  readonly slowestSeconds: number;
  /** After how many stops the job was back in the queue without a counted attempt. */
  readonly requeued: number;
  readonly jobs: number;
  /** How many jobs a later process finished in one message, at the first attempt that was not stopped. */
  readonly delivered: number;
}

interface RequestedCommand {
  readonly name: 'style' | 'dream';
  readonly options: Readonly<Record<string, string | number>>;
}

/** Each takes longer than a stop waits. With VGG19, one step of the last takes two to three seconds on two cores. */
function requests(modelsDir: string): readonly RequestedCommand[] {
  const vgg19 = existsSync(path.join(modelsDir, 'vgg19.safetensors')) ? { network: 'vgg19' } : {};
  return [
    { name: 'style', options: { size: 192, preset: 'starry', quality: 'draft' } },
    { name: 'dream', options: { size: 256, zoom: 12 } },
    { name: 'style', options: { size: 384, preset: 'starry', quality: 'draft' } },
    { name: 'dream', options: { size: 512, zoom: 3 } },
    { name: 'dream', options: { size: 768, octaves: 1, ...vgg19 } },
  ];
}

function start({ token, api }: Sandbox, dataDir: string, modelsDir: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM], {
    env: {
      ...process.env,
      ...{ DISCORD_TOKEN: token, DISCORD_API: api, DATA_DIR: dataDir, MODELS_DIR: modelsDir },
      ...{ HEALTH_PORT: '0', LOG_LEVEL: 'warn', PROGRESS_INTERVAL_SECONDS: '1' },
    },
    stdio: 'inherit',
  });
  const ended = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  return { child, ended };
}

export async function stops(count: number): Promise<StopsReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reverie-stops-'));
  const weights = fileURLToPath(new URL('weights', TEST_DATA));
  const modelsDir = process.env.MODELS_DIR ?? (existsSync(weights) ? weights : '');
  const sandbox = await startSandbox();
  const reader = openStorage(folder, pino({ level: 'silent' }));
  const newest = () => reader.newest(1)[0];
  const image = { name: 'a.png', bytes: await noisePng(768, 768) };
  const ends: Record<string, number> = {};
  let slowestSeconds = 0;
  let requeued = 0;
  let delivered = 0;

  const running = async (): Promise<void> => {
    const until = Date.now() + START_MS;
    while (newest()?.state !== 'running') {
      if (Date.now() > until) throw new Error(`the job is ${newest()?.state} and does not run`);
      await sleep(10);
    }
  };
  const stop = async ({ child, ended }: ReturnType<typeof start>, signal: NodeJS.Signals): Promise<void> => {
    const startedAt = performance.now();
    child.kill(signal);
    const [code, killer] = await ended;
    slowestSeconds = Math.max(slowestSeconds, (performance.now() - startedAt) / 1000);
    const end = String(code ?? killer);
    ends[end] = (ends[end] ?? 0) + 1;
  };

  const all = requests(modelsDir);
  let stopped = 0;
  for (const [i, { name, options }] of all.entries()) {
    const due = Math.round((count * (i + 1)) / all.length);
    let invocation: Invocation | undefined;
    for (; stopped < due; stopped++) {
      const bot = start(sandbox, folder, modelsDir);
      await sandbox.untilCommands(START_MS);
      invocation ??= await sandbox.command({ name, options: { ...options, image } });
      await running();
      await sleep(Math.random() * DELAY_MAX_MS);
      if (newest()?.state !== 'running') throw new Error('the job was over before it could be stopped');
      await stop(bot, SIGNALS[stopped % SIGNALS.length]!);
      const job = newest();
      if (job?.state === 'queued' && job.attempts === 0) requeued++;
      console.log(`${stopped + 1}/${count}  /${name} ${options.size} px  ${JSON.stringify(ends)}`);
    }
    if (!invocation) continue;
    const last = start(sandbox, folder, modelsDir);
    const { attachments } = await invocation.until(isFinal, DELIVERY_MS);
    while (newest()?.state === 'delivering') await sleep(100);
    const job = newest();
    if (job?.state === 'completed' && job.attempts === 1 && attachments.length === 1) delivered++;
    last.child.kill('SIGTERM');
    await last.ended;
  }
  reader.close();
  await sandbox.close();
  await rm(folder, { recursive: true });
  return { stops: stopped, ends, slowestSeconds, requeued, jobs: Math.min(count, all.length), delivered };
}
