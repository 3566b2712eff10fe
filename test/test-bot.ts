/** A bot on a loopback Discord, with a renderer that computes nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { startBot, type Bot } from '../src/bot/bot.js';
import type { TimeQuotaLimits } from '../src/jobs/time-quota.js';
import type { AccessLists } from '../src/jobs/access.js';
import { JobQueue } from '../src/jobs/queue.js';
import { createLogger } from '../src/logger.js';
import { openStorage, type Storage } from '../src/storage/storage.js';
import { createPresets } from '../src/styles/presets.js';
import { StyleLibrary } from '../src/styles/style-library.js';
import { startSandbox, type Invocation, type Sandbox, type Snapshot } from '../src/sandbox/index.js';
import { noisePng } from './fixtures.js';
import { TinyRenderer } from './tiny-renderer.js';

export interface TestBot {
  readonly sandbox: Sandbox;
  readonly bot: Bot;
  readonly renderer: TinyRenderer;
  readonly image: { name: string; bytes: Uint8Array };
  /** The operator's style pictures. */
  readonly library: StyleLibrary;
  /** The storage of the bot that is running now. */
  readonly storage: Storage;
  /** Every log line so far. */
  readonly logged: readonly LogLine[];
  /** Requests a dream and waits for its result. */
  dream(call?: Partial<Parameters<Sandbox['command']>[0]>): Promise<Snapshot>;
  /** Restarts the bot on the same Discord with the same data folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const DRAIN_MS = 2000;

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };

export interface TestBotOptions {
  readonly stepMs?: number;
  readonly steps?: number;
  /** The speed that the renderer reports, in multiply-adds per second. */
  readonly speed?: number;
  readonly progressIntervalMs?: number;
  readonly timeLimitSeconds?: number;
  readonly commandsPerMinute?: number;
  readonly lists?: AccessLists;
  readonly log?: Logger;
  /** The sandbox's clock. */
  readonly now?: () => number;
  readonly timeLimits?: TimeQuotaLimits;
  /** Changes the loopback Discord before the bot starts. */
  readonly prepare?: (sandbox: Sandbox) => void;
  /** A token other than the valid one. */
  readonly token?: string;
  /** The data folder. Without it, a temporary folder is deleted at the end. */
  readonly folder?: string;
}

export async function startTestBot(options: TestBotOptions = {}): Promise<TestBot> {
  const { now } = options;
  const sandbox = await startSandbox(now ? { now } : {});
  options.prepare?.(sandbox);
  const renderer = new TinyRenderer(options);
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'reverie-bot-')));
  const library = new StyleLibrary(path.join(folder, 'styles'));
  const logged: LogLine[] = [];
  const out = new Writable({
    write(line: Buffer, _encoding, done) {
      logged.push(JSON.parse(line.toString()) as LogLine);
      done();
    },
  });
  const log = options.log ?? createLogger({ level: 'info', token: sandbox.token }, out);
  const start = async () => {
    const repository = openStorage(folder, log);
    const queue = new JobQueue({
      renderer,
      log,
      journal: repository,
      maxPerLane: 50,
      maxPerUser: 50,
      timeLimitSeconds: options.timeLimitSeconds ?? 60,
    });
    const bot = await startBot({
      token: options.token ?? sandbox.token,
      api: sandbox.api,
      progressIntervalMs: options.progressIntervalMs ?? 20,
      commandsPerMinute: options.commandsPerMinute ?? 1000,
      renderer,
      // Nothing is painted with them, and drawing them takes seconds.
      presets: createPresets(library, ({ title }) => noisePng(8, 8, title.length)),
      queue,
      repository,
      log,
      ...(options.lists ? { lists: options.lists } : {}),
      ...(options.timeLimits ? { timeLimits: options.timeLimits } : {}),
    });
    const stop = async (): Promise<void> => {
      // A job that hangs stays in the database, as in main.
      await Promise.race([queue.drain(), sleep(DRAIN_MS)]);
      await bot.stop();
      repository.close();
    };
    return { bot, repository, stop };
  };
  let running = await start();
  const image = { name: 'in.png', bytes: await noisePng(16, 16) };
  return {
    sandbox,
    get bot() {
      return running.bot;
    },
    renderer,
    image,
    library,
    logged,
    get storage() {
      return running.repository;
    },
    async dream(call = {}) {
      const invocation = await sandbox.command({ name: 'dream', options: { image }, ...call });
      return invocation.until(isFinal);
    },
    async restart() {
      await running.stop();
      running = await start();
    },
    async stop() {
      await running.stop();
      await sandbox.close();
      if (options.folder === undefined) await rm(folder, { recursive: true });
    },
  };
}

const hasCancelButton = ({ components }: Snapshot): boolean =>
  JSON.stringify(components).includes('v1:cancel:');

/** Whether a message is final: it has content and no Cancel button. */
export const isFinal = (snapshot: Snapshot): boolean =>
  !hasCancelButton(snapshot) &&
  (snapshot.content.length > 0 || snapshot.embeds.length > 0 || snapshot.attachments.length > 0);

/** The custom id of the button for an action. */
export function buttonOf({ components }: Snapshot, action: string): string {
  const found = new RegExp(`v1:${action}:[0-9a-zA-Z-]+`).exec(JSON.stringify(components))?.[0];
  if (found === undefined) throw new Error(`no button ${action} in ${JSON.stringify(components)}`);
  return found;
}

/** The text of a message and its embeds. */
export const textOf = (snapshot: Snapshot): string =>
  `${snapshot.content} ${JSON.stringify(snapshot.embeds)}`;

export type { Invocation, Snapshot };
