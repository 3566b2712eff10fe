/** Kills the bot at random moments while jobs come in, and counts what arrived: `npm run bench chaos`. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startSandbox, type Invocation } from '../src/sandbox/index.js';
import type { StoredJob } from '../src/store/rows.js';
import { Store } from '../src/store/store.js';
import { noisePng } from '../test/fixtures.js';
import { bear, hear } from './bot-process.js';

export interface ChaosReport {
  readonly kills: number;
  readonly asked: number;
  /** Written down before the bot could be killed: what was promised. */
  readonly accepted: number;
  readonly delivered: number;
  readonly lost: readonly string[];
  /** Pictures that came in a second message. */
  readonly twice: number;
  /** A delivery that was cut between Discord's acceptance and our record, and said again in the same message. */
  readonly editedAgain: number;
  /** What the database's checks after each kill said, each word once. */
  readonly integrity: readonly string[];
  readonly integrityChecks: number;
  /** In what states the kills found jobs that were not over. */
  readonly foundIn: Readonly<Record<(typeof UNFINISHED)[number], number>>;
}

const UNFINISHED = ['queued', 'running', 'delivering'] as const;

const PATIENCE_MS = 60_000;

export async function chaos({ jobs = 100, kills = 50, guilds = 5 } = {}): Promise<ChaosReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reverie-chaos-'));
  const sandbox = await startSandbox();
  while (sandbox.guilds.length < guilds) sandbox.addGuild({ name: `Guild ${sandbox.guilds.length}` });
  const integrity: string[] = [];
  const foundIn = { queued: 0, running: 0, delivering: 0 };

  const start = (): ChildProcess => bear(sandbox, folder);
  const kill = async (child: ChildProcess): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    integrity.push(reader.integrity());
    const states = reader.countByState();
    for (const state of UNFINISHED) foundIn[state] += states[state] ?? 0;
  };

  let child = start();
  await hear(child, 'ready');
  const reader = new Store(folder, pino({ level: 'silent' }));
  await sandbox.untilCommands();
  const image = { name: 'a.png', bytes: await noisePng(32, 32) };
  const invocations: Invocation[] = [];
  const acceptedSoFar = () => Object.values(reader.countByState()).reduce((sum, count) => sum + count, 0);
  for (let killed = 0; killed < kills; killed++) {
    const due = Math.round((jobs * (killed + 1)) / kills);
    while (acceptedSoFar() < due) {
      const guild = sandbox.guilds[invocations.length % guilds]!.id;
      const user = sandbox.users[invocations.length % sandbox.users.length]!.id;
      invocations.push(await sandbox.command({ name: 'dream', guild, user, options: { image } }));
      await sleep(Math.random() * 60);
    }
    await sleep(Math.random() * 400);
    await kill(child);
    child = start();
    const up = hear(child, 'ready');
    // Some are killed before they are up.
    if (killed % 5 === 4) {
      up.catch(() => undefined);
      await sleep(Math.random() * 1200);
    } else await up;
  }
  await kill(child);
  child = start();
  await hear(child, 'ready');

  const end = Date.now() + PATIENCE_MS;
  while (reader.inState([...UNFINISHED]).length > 0 && Date.now() < end) await sleep(200);
  const accepted = reader.newest(1e6);
  const report = {
    kills,
    asked: invocations.length,
    foundIn,
    integrity: [...new Set(integrity)],
    integrityChecks: integrity.length,
    ...tally(
      accepted,
      invocations,
      sandbox.guilds.flatMap(({ channelIds }) => channelIds).flatMap((id) => sandbox.messages(id)),
    ),
  };
  await kill(child);
  reader.close();
  await sandbox.close();
  await rm(folder, { recursive: true });
  return report;
}

const isFinal = (message: { embeds: unknown[]; components: unknown[] }) =>
  message.embeds.length > 0 && !JSON.stringify(message.components).includes('v1:cancel:');

function tally(
  accepted: readonly StoredJob[],
  invocations: readonly Invocation[],
  messages: readonly unknown[],
) {
  const shown = (messages as { id: string; embeds: unknown[]; components: unknown[] }[]).filter(isFinal);
  const ids = new Set(shown.map(({ id }) => id));
  const lost = accepted
    .filter(({ state, message }) => state !== 'completed' || !message || !ids.has(message.messageId))
    .map(({ id, state }) => `${id} ${state}`);
  const finals = invocations.map(({ history }) => history.filter(isFinal).length);
  return {
    accepted: accepted.length,
    delivered: accepted.length - lost.length,
    lost,
    twice: shown.length - (accepted.length - lost.length),
    editedAgain: finals.filter((count) => count > 1).length,
  };
}
