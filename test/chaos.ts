/** Kills the bot at random moments while jobs come in, and counts what arrived. `npm run bench -- chaos` runs it for longer. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startSandbox, type Invocation } from '../src/sandbox/index.js';
import type { StoredJob } from '../src/storage/job-rows.js';
import { openStorage } from '../src/storage/storage.js';
import { noisePng } from './fixtures.js';
import { spawnBot, waitForMessage } from './bot-process.js';

export interface ChaosReport {
  readonly kills: number;
  readonly asked: number;
  /** Messages that Discord took and answered 502. */
  readonly answersLost: number;
  /** Written down before the bot could be killed: what was promised. */
  readonly accepted: number;
  /** How many of those a reaction to a finished picture made. */
  readonly byReaction: number;
  readonly delivered: number;
  readonly lost: readonly string[];
  /** Messages of a job beside its first, whatever they show. */
  readonly twice: number;
  /** Messages whose Cancel does nothing any more. */
  readonly deadCancels: number;
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
/** A process that is up is killed within this time, or once it has taken its share of the jobs if that takes longer. */
const LIFE_MS = 800;
/** Every third job is made by a reaction. */
const REACTION_EACH = 3;
const POSTS = { method: 'POST', path: /^\/channels\/\d+\/messages$/ };

/** @param options.lostAnswers the share of messages, 0 to 1, that Discord takes and answers 502 */
export async function chaos({
  jobs = 100,
  kills = 50,
  guilds = 5,
  lostAnswers = 0,
} = {}): Promise<ChaosReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reverie-chaos-'));
  const sandbox = await startSandbox();
  sandbox.fault({ ...POSTS, status: 502, late: true, share: lostAnswers });
  while (sandbox.guilds.length < guilds) sandbox.addGuild({ name: `Guild ${sandbox.guilds.length}` });
  const integrity: string[] = [];
  const foundIn = { queued: 0, running: 0, delivering: 0 };

  const start = (): ChildProcess => spawnBot(sandbox, folder);
  const kill = async (child: ChildProcess): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    integrity.push(reader.integrity());
    const states = reader.countByState();
    for (const state of UNFINISHED) foundIn[state] += states[state] ?? 0;
  };

  let child = start();
  await waitForMessage(child, 'ready');
  const reader = openStorage(folder, pino({ level: 'silent' }));
  await sandbox.untilCommands();
  const image = { name: 'a.png', bytes: await noisePng(32, 32) };
  const invocations: Invocation[] = [];
  const acceptedSoFar = () => Object.values(reader.countByState()).reduce((sum, count) => sum + count, 0);
  const messages = () =>
    sandbox.guilds.flatMap(({ channelIds }) => channelIds).flatMap((id) => sandbox.messages(id) as Shown[]);
  let asked = 0;
  const ask = async (): Promise<void> => {
    const finished = ++asked % REACTION_EACH === 0 ? messages().filter(isFinal) : [];
    const parent = finished[Math.floor(Math.random() * finished.length)];
    if (parent) {
      // One person may only react so often.
      const user = sandbox.addUser({ name: `Fan ${asked}` }).id;
      sandbox.react({ message: parent.id, emoji: '🔁', user });
      return;
    }
    const guild = sandbox.guilds[asked % guilds]!.id;
    const user = sandbox.users[asked % 3]!.id;
    invocations.push(await sandbox.command({ name: 'dream', guild, user, options: { image } }));
  };
  for (let killed = 0; killed < kills; killed++) {
    const due = Math.round((jobs * (killed + 1)) / kills);
    const end = Date.now() + Math.random() * LIFE_MS;
    while (acceptedSoFar() < due) {
      await ask();
      await sleep(Math.random() * 60);
    }
    await sleep(Math.max(0, end - Date.now()));
    await kill(child);
    child = start();
    const up = waitForMessage(child, 'ready');
    // Some are killed before they are up.
    if (killed % 5 === 4) {
      up.catch(() => undefined);
      await sleep(Math.random() * 1200);
    } else await up;
  }
  await kill(child);
  child = start();
  await waitForMessage(child, 'ready');

  const end = Date.now() + PATIENCE_MS;
  while (reader.inState([...UNFINISHED]).length > 0 && Date.now() < end) await sleep(200);
  const accepted = reader.newest(1e6);
  const report = {
    kills,
    asked,
    answersLost: sandbox.requests.filter(({ status }) => status === 502).length,
    foundIn,
    integrity: [...new Set(integrity)],
    integrityChecks: integrity.length,
    ...tally(accepted, invocations, messages()),
  };
  await kill(child);
  reader.close();
  await sandbox.close();
  await rm(folder, { recursive: true });
  return report;
}

interface Shown {
  readonly id: string;
  readonly embeds: readonly unknown[];
  readonly components: readonly unknown[];
}

const hasCancel = ({ components }: Pick<Shown, 'components'>) =>
  JSON.stringify(components).includes('v1:cancel:');
const isFinal = (message: Pick<Shown, 'embeds' | 'components'>) =>
  message.embeds.length > 0 && !hasCancel(message);
/** The job that a message's buttons belong to. */
const jobOf = ({ components }: Shown) => /"v1:[a-z]+:([0-9a-f-]+)"/.exec(JSON.stringify(components))?.[1];

function tally(
  accepted: readonly StoredJob[],
  invocations: readonly Invocation[],
  messages: readonly Shown[],
) {
  const ids = new Set(messages.filter(isFinal).map(({ id }) => id));
  const lost = accepted
    .filter(({ state, message }) => state !== 'completed' || !message || !ids.has(message.messageId))
    .map(({ id, state }) => `${id} ${state}`);
  const finals = invocations.map(({ history }) => history.filter(isFinal).length);
  const owners = messages.map(jobOf).filter((job) => job !== undefined);
  return {
    accepted: accepted.length,
    byReaction: accepted.filter(({ parent }) => parent !== undefined).length,
    delivered: accepted.length - lost.length,
    lost,
    twice: owners.length - new Set(owners).size,
    deadCancels: messages.filter(hasCancel).length,
    editedAgain: finals.filter((count) => count > 1).length,
  };
}
