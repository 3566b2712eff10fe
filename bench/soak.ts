/** Jobs one after the other on a Discord where one request in twenty fails: `npm run bench -- soak [minutes]`. */
import { fork } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startSandbox } from '../src/sandbox/index.js';
import { Store } from '../src/store/store.js';
import { noisePng } from '../test/fixtures.js';
import { residentMegabytes } from './load.js';

const FAULTED = 0.05;
const BETWEEN_MS = 700;
const SAMPLES = 10;
const PATIENCE_MS = 60_000;

export async function soak(minutes: number) {
  const folder = await mkdtemp(path.join(tmpdir(), 'reverie-soak-'));
  const sandbox = await startSandbox();
  const child = fork(new URL('./chaos-bot.ts', import.meta.url), [sandbox.api, sandbox.token, folder], {
    execArgv: ['--import', 'tsx'],
  });
  await sandbox.untilCommands();
  sandbox.unrest(FAULTED);
  const image = { name: 'a.png', bytes: await noisePng(256, 256) };
  const reader = new Store(folder, pino({ level: 'silent' }));
  const samples: { minute: number; megabytes: number; handles: number }[] = [];
  const sample = async () => {
    const handles = (await readdir(`/proc/${child.pid}/fd`)).length;
    const megabytes = await residentMegabytes(child.pid!);
    samples.push({ minute: Number(((Date.now() - begun) / 60_000).toFixed(1)), megabytes, handles });
  };
  const begun = Date.now();
  const end = begun + minutes * 60_000;
  let asked = 0;
  while (Date.now() < end) {
    if (Date.now() >= begun + (samples.length * minutes * 60_000) / SAMPLES) await sample();
    const guild = sandbox.guilds[asked++ % sandbox.guilds.length]!.id;
    await sandbox.command({ name: 'dream', guild, options: { image } });
    await sleep(BETWEEN_MS);
  }
  sandbox.unrest(0);
  const stuck = () => reader.inState(['queued', 'running', 'delivering']).length;
  for (const until = Date.now() + PATIENCE_MS; stuck() > 0 && Date.now() < until;) await sleep(500);
  await sample();
  const report = {
    minutes,
    asked,
    requests: sandbox.requests.length,
    states: reader.countByState(),
    stuck: stuck(),
    samples,
  };
  reader.close();
  child.kill();
  await sandbox.close();
  await rm(folder, { recursive: true });
  return report;
}
