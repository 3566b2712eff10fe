/** Five hundred jobs within a minute, from fifty guilds, while a picture renders: `npm run bench -- load`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startSandbox, type Invocation } from '../src/sandbox/index.js';
import { openStorage } from '../src/storage/storage.js';
import { spawnBot, waitForMessage } from '../test/bot-process.js';
import { noisePng } from '../test/fixtures.js';
import { residentMegabytes } from './proc.js';

const TIMEOUT_MS = 5 * 60_000;
/** Renders take longer than the time between two requests, so most jobs wait. */
const STEP_MS = 90;

export async function load({ jobs = 500, guilds = 50, withinMs = 60_000 } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'reverie-load-'));
  const sandbox = await startSandbox();
  while (sandbox.guilds.length < guilds) sandbox.addGuild({ name: `Guild ${sandbox.guilds.length}` });
  const child = spawnBot(sandbox, folder, STEP_MS);
  await waitForMessage(child, 'ready');
  const resident = () => residentMegabytes(child.pid!);
  const image = { name: 'a.png', bytes: await noisePng(512, 512) };
  const megabytes: Record<string, number> = { 'at 0 jobs': await resident() };
  const invocations: Invocation[] = [];
  const startedAt = performance.now();
  while (invocations.length < jobs) {
    const guild = sandbox.guilds[invocations.length % guilds]!.id;
    const user = sandbox.users[invocations.length % sandbox.users.length]!.id;
    invocations.push(await sandbox.command({ name: 'dream', guild, user, options: { image } }));
    if (invocations.length === 100) megabytes['at 100 jobs'] = await resident();
    await sleep(Math.max(0, startedAt + (invocations.length * withinMs) / jobs - performance.now()));
  }
  const requestedWithin = (performance.now() - startedAt) / 1000;
  megabytes[`at ${jobs} jobs`] = await resident();
  await Promise.all(invocations.map((one) => one.answered(60_000)));
  const reader = openStorage(folder, pino({ level: 'silent' }));
  const end = Date.now() + TIMEOUT_MS;
  const count = () => reader.countByState();
  while ((count().completed ?? 0) + (count().failed ?? 0) < jobs && Date.now() < end) await sleep(500);
  megabytes['when all are over'] = await resident();
  await sleep(20_000);
  megabytes['20 s later'] = await resident();
  const waits = invocations.map(({ answeredAfterMs }) => answeredAfterMs ?? Infinity).sort((a, b) => a - b);
  const at = (share: number) => waits[Math.ceil(share * jobs) - 1];
  const pictures = invocations.filter((one) => one.latest()?.attachments.length === 1).length;
  const report = {
    requestedWithinSeconds: Math.round(requestedWithin),
    acknowledgedMs: { median: at(0.5), p99: at(0.99), most: at(1) },
    megabytes,
    states: count(),
    pictures,
  };
  reader.close();
  child.kill();
  await sandbox.close();
  await rm(folder, { recursive: true });
  return report;
}
