/** How long the bot takes to answer an interaction while a job renders: 100 times `/queue`, through a real client. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { startBot } from '../src/bot/bot.js';
import { JobQueue } from '../src/jobs/queue.js';
import { createThreadedRenderer } from '../src/pipeline/runtime/worker-thread.js';
import { createPresets } from '../src/styles/presets.js';
import { drawScene } from '../src/styles/scenes/index.js';
import { openStorage } from '../src/storage/storage.js';
import { startSandbox } from '../src/sandbox/index.js';

const COUNT = 100;
const BETWEEN_MS = 100;

export async function latency(): Promise<void> {
  const log = pino({ level: 'error' });
  const sandbox = await startSandbox();
  const renderer = createThreadedRenderer();
  const queue = new JobQueue({ renderer, log });
  const presets = createPresets();
  const bot = await startBot({
    token: sandbox.token,
    api: sandbox.api,
    renderer,
    presets,
    queue,
    repository: openStorage(await mkdtemp(path.join(tmpdir(), 'reverie-')), log),
    log,
  });
  await sandbox.untilCommands();
  const image = { name: 'a.png', bytes: await drawScene('landscape') };
  const job = await sandbox.command({ name: 'style', options: { image, preset: 'starry', network: 'mini' } });
  await job.until(({ attachments }) => attachments.length > 0, 60_000);

  const waits: number[] = [];
  for (let i = 0; i < COUNT; i++) {
    const invocation = await sandbox.command({ name: 'queue' });
    await invocation.answered();
    waits.push(invocation.answeredAfterMs!);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  const rendering = queue.snapshot().running !== undefined;
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.ceil(share * COUNT) - 1]!.toFixed(0);
  console.log(`answer to /queue while a 512 px style renders (still rendering at the end: ${rendering})`);
  console.log(`median ${at(0.5)} ms   p90 ${at(0.9)} ms   p99 ${at(0.99)} ms   most ${at(1)} ms`);
  await queue.drain();
  await bot.stop();
  await sandbox.close();
  await renderer.close();
}
