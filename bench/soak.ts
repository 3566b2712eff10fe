/** Runs jobs one after the other while one Discord request in twenty fails: `npm run bench -- soak [minutes]`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startSandbox } from '../src/sandbox/index.js';
import { openStorage } from '../src/storage/storage.js';
import { processUsage, spawnBot, waitForMessage, type ProcessUsage } from '../test/bot-process.js';
import { noisePng } from '../test/fixtures.js';
import { cpuSeconds, openHandles, residentMegabytes } from './proc.js';

/** The share of requests that fail. */
const FAULTED = 0.05;
const BETWEEN_MS = 700;
const SAMPLES = 10;
const TIMEOUT_MS = 60_000;
const SETTLED_MS = 10_000;

export async function soak(minutes: number) {
  const folder = await mkdtemp(path.join(tmpdir(), 'reverie-soak-'));
  const sandbox = await startSandbox();
  const child = spawnBot(sandbox, folder);
  await waitForMessage(child, 'ready');
  sandbox.failAtRandom(FAULTED);
  const image = { name: 'a.png', bytes: await noisePng(256, 256) };
  const reader = openStorage(folder, pino({ level: 'silent' }));
  const samples: ({ minute: number; resident: number; handles: number } & ProcessUsage)[] = [];
  const sample = async () => {
    samples.push({
      minute: Number(((Date.now() - startedAt) / 60_000).toFixed(1)),
      resident: await residentMegabytes(child.pid!),
      handles: await openHandles(child.pid!),
      ...(await processUsage(child)),
    });
  };
  const startedAt = Date.now();
  const end = startedAt + minutes * 60_000;
  let requested = 0;
  while (Date.now() < end) {
    if (Date.now() >= startedAt + (samples.length * minutes * 60_000) / SAMPLES) {
      await sample();
      sandbox.dropConnections();
    }
    const guild = sandbox.guilds[requested++ % sandbox.guilds.length]!.id;
    await sandbox.command({ name: 'dream', guild, options: { image } });
    await sleep(BETWEEN_MS);
  }
  sandbox.failAtRandom(0);
  const stuck = () => reader.inState(['queued', 'running', 'delivering']).length;
  for (const until = Date.now() + TIMEOUT_MS; stuck() > 0 && Date.now() < until;) await sleep(500);
  // Idle connections close, and the queue drops its last lane.
  await sleep(SETTLED_MS);
  await sample();
  const report = {
    minutes,
    requested,
    requests: sandbox.requests.length,
    resumes: sandbox.resumes,
    states: reader.countByState(),
    unfinished: stuck(),
    stuckSlots: samples.at(-1)!.slots,
    cpuSeconds: await cpuSeconds(child.pid!),
    samples,
  };
  reader.close();
  child.kill();
  await sandbox.close();
  await rm(folder, { recursive: true });
  return report;
}
