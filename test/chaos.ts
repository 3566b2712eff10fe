/** Kills the bot at random moments while jobs come in, and counts the results. `npm run bench -- chaos` runs longer. */
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
  readonly requested: number;
  /** Messages that Discord accepted but answered with 502. */
  readonly answersLost: number;
  /** Jobs that were stored before the bot was killed. */
  readonly accepted: number;
  /** How many of them were started by a reaction to a finished picture. */
  readonly byReaction: number;
  readonly delivered: number;
  readonly lost: readonly string[];
  /** Messages of jobs that already have one. */
  readonly twice: number;
  /** Finished messages that still have a Cancel button. */
  readonly deadCancels: number;
  /** Results that were delivered again into the same message, because the bot was killed before it recorded the delivery. */
  readonly editedAgain: number;
  /** The distinct results of the database's integrity checks, one after each kill. */
  readonly integrity: readonly string[];
  readonly integrityChecks: number;
  /** How many unfinished jobs were in each state when the bot was killed. */
  readonly foundIn: Readonly<Record<(typeof UNFINISHED)[number], number>>;
}

const UNFINISHED = ['queued', 'running', 'delivering'] as const;

const TIMEOUT_MS = 60_000;
/** A running bot is killed within this time, or after it has accepted its share of the jobs if that takes longer. */
const LIFE_MS = 800;
/** Every third job is started by a reaction. */
const REACTION_EVERY = 3;
const POSTS = { method: 'POST', path: /^\/channels\/\d+\/messages$/ };

/** @param options.lostAnswers the share of messages, 0 to 1, that Discord accepts but answers with 502 */
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
    sandbox.guilds
      .flatMap(({ channelIds }) => channelIds)
      .flatMap((id) => sandbox.messages(id) as ShownMessage[]);
  let requested = 0;
  const request = async (): Promise<void> => {
    const finished = ++requested % REACTION_EVERY === 0 ? messages().filter(isFinal) : [];
    const parent = finished[Math.floor(Math.random() * finished.length)];
    if (parent) {
      // Reactions of one member are rate-limited.
      const user = sandbox.addUser({ name: `Fan ${requested}` }).id;
      sandbox.react({ message: parent.id, emoji: '🔁', user });
      return;
    }
    const guild = sandbox.guilds[requested % guilds]!.id;
    const user = sandbox.users[requested % 3]!.id;
    invocations.push(await sandbox.command({ name: 'dream', guild, user, options: { image } }));
  };
  for (let killed = 0; killed < kills; killed++) {
    const due = Math.round((jobs * (killed + 1)) / kills);
    const end = Date.now() + Math.random() * LIFE_MS;
    while (acceptedSoFar() < due) {
      await request();
      await sleep(Math.random() * 60);
    }
    await sleep(Math.max(0, end - Date.now()));
    await kill(child);
    child = start();
    const up = waitForMessage(child, 'ready');
    // Every fifth bot is killed before it is ready.
    if (killed % 5 === 4) {
      up.catch(() => undefined);
      await sleep(Math.random() * 1200);
    } else await up;
  }
  await kill(child);
  child = start();
  await waitForMessage(child, 'ready');

  const end = Date.now() + TIMEOUT_MS;
  while (reader.inState([...UNFINISHED]).length > 0 && Date.now() < end) await sleep(200);
  const accepted = reader.newest(1e6);
  const report = {
    kills,
    requested,
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

interface ShownMessage {
  readonly id: string;
  readonly embeds: readonly unknown[];
  readonly components: readonly unknown[];
}

const hasCancel = ({ components }: Pick<ShownMessage, 'components'>) =>
  JSON.stringify(components).includes('v1:cancel:');
const isFinal = (message: Pick<ShownMessage, 'embeds' | 'components'>) =>
  message.embeds.length > 0 && !hasCancel(message);
/** The job to which the buttons of a message belong. */
const jobOf = ({ components }: ShownMessage) =>
  /"v1:[a-z]+:([0-9a-f-]+)"/.exec(JSON.stringify(components))?.[1];

function tally(
  accepted: readonly StoredJob[],
  invocations: readonly Invocation[],
  messages: readonly ShownMessage[],
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
