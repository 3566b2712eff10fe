import { join } from 'node:path';
import { config as readDotenv } from 'dotenv';
import { z } from 'zod';
import { ReverieError } from './errors.js';
import { DEVICE_NAMES, ENGINE_NAMES, type DeviceName, type EngineName } from './pipeline/requests.js';

const number = (fallback: number, min: number, max: number) =>
  z.coerce
    .number({ error: `must be a number from ${min} to ${max}` })
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)
    .default(fallback);

const whole = (fallback: number, min: number, max: number) =>
  number(fallback, min, max).refine(Number.isInteger, 'must be a whole number');

const oneOf = <const T extends readonly string[]>(...names: T) =>
  z.enum(names, { error: `must be one of ${names.join(', ')}` });

/** Discord ids stay strings: they exceed the safe integers. */
const ids = z
  .string()
  .regex(/^\s*(\d{15,21}\s*(,\s*|$))*$/, 'must be ids separated by commas')
  .default('')
  .transform(
    (list) =>
      new Set(
        list
          .split(',')
          .map((id) => id.trim())
          .filter(Boolean),
      ),
  );

/** Names or addresses separated by commas. */
const listed = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );

/** Other characters cannot be sent in a header, or were copied along with the token by mistake. */
const token = z
  .string()
  .regex(
    /^[\x21-\x7e]+$/,
    'must be the token alone, as the developer portal shows it, without spaces or line breaks',
  )
  .regex(/^[^"']*$/, 'must be the token alone, without quotation marks');

const schema = z.object({
  DISCORD_TOKEN: token.optional(),
  DISCORD_API: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .transform((address) => address.replace(/\/+$/, ''))
    .optional(),
  SANDBOX_PORT: whole(8787, 0, 65535),
  DATA_DIR: z.string().default('./data'),
  MODELS_DIR: z.string().optional(),
  MODELS_MIRROR: listed.refine(
    (addresses) => addresses.every((address) => /^https?:/.test(address) && URL.canParse(address)),
    'must be http or https addresses separated by commas',
  ),
  MODELS_PULL: listed,
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info'),
  MAX_ATTACHMENT_MB: number(25, 0.1, 500),
  MAX_MEGAPIXELS: number(64, 0.01, 64),
  DOWNLOAD_SECONDS: number(20, 1, 600),
  MAX_JOBS_PER_USER: whole(5, 1, 1000),
  MAX_JOBS_PER_GUILD: whole(20, 1, 10_000),
  MAX_COMMANDS_PER_MINUTE: whole(20, 1, 1000),
  MAX_MINUTES_PER_USER: number(60, 1, 100_000),
  MAX_MINUTES_PER_GUILD: number(240, 1, 1_000_000),
  OPERATORS: ids,
  BLOCKED_USERS: ids,
  ENGINE: oneOf('auto', ...ENGINE_NAMES).default('auto'),
  DEVICE: oneOf('auto', ...DEVICE_NAMES).default('auto'),
  MAX_ATTEMPTS: whole(5, 1, 1000),
  JOB_TIME_LIMIT_MINUTES: number(30, 0.1, 24 * 60),
  KEEP_DAYS: number(90, 0.01, 36_500),
  DISK_LIMIT_GB: number(10, 0.01, 100_000),
  HEALTH_PORT: whole(9464, 0, 65535),
  PROGRESS_INTERVAL_SECONDS: number(4, 0.1, 600),
});

/** Everything an operator can set, with defaults filled in. */
export interface Config {
  /** Without a token the bot runs in the sandbox. */
  readonly discordToken: string | undefined;
  /** The API's address where it is not discord.com. */
  readonly discordApi: string | undefined;
  readonly sandboxPort: number;
  readonly dataDir: string;
  readonly modelsDir: string;
  /** The style library: downloaded paintings and the operator's own pictures. */
  readonly stylesDir: string;
  /** Folders of the published weights, asked before the authors' own addresses. */
  readonly modelsMirrors: readonly string[];
  /** Networks that the bot downloads when it starts. */
  readonly modelsPull: readonly string[];
  readonly logLevel: string;
  readonly maxAttachmentBytes: number;
  readonly maxPixels: number;
  /** The time limit for downloading one attachment. */
  readonly downloadMs: number;
  readonly maxJobsPerUser: number;
  readonly maxJobsPerGuild: number;
  /** Commands, menus and modals per member. */
  readonly maxCommandsPerMinute: number;
  /** The total estimated time of the jobs that a member or a guild may have in the queue. */
  readonly maxSecondsPerUser: number;
  readonly maxSecondsPerGuild: number;
  /** Users with a moderator's rights in every guild. */
  readonly operators: ReadonlySet<string>;
  /** Users who may not use the bot anywhere. */
  readonly blocked: ReadonlySet<string>;
  readonly engine: 'auto' | EngineName;
  readonly device: 'auto' | DeviceName;
  readonly progressIntervalMs: number;
  /** How often a job is started when the process keeps dying while it renders. */
  readonly maxAttempts: number;
  readonly jobTimeLimitSeconds: number;
  /** Results without a star are deleted after this time. */
  readonly keepMs: number;
  /** Above this size the oldest results without a star are deleted earlier. */
  readonly diskLimitBytes: number;
  /** Port on the loopback address; 0 takes any free one. */
  readonly healthPort: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment. A `.env` file supplies variables that it lacks. */
export function readEnvironment(): Environment {
  const file: Record<string, string> = {};
  readDotenv({ quiet: true, processEnv: file });
  return { ...file, ...process.env };
}

/**
 * White space around a value is ignored, because a file that holds a secret often ends with a line break. An empty
 * variable counts as unset.
 * @throws ReverieError `invalid-configuration` naming every wrong variable at once
 */
export function loadConfig(env: Environment = readEnvironment()): Config {
  const trimmed = Object.entries(env).map(([name, value]) => [name, value?.trim()] as const);
  const set = Object.fromEntries(trimmed.filter(([, value]) => value));
  const read = schema.safeParse(set);
  if (!read.success) {
    const wrong = read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new ReverieError(
      'invalid-configuration',
      `Please correct the configuration: ${wrong.join('; ')}.`,
      {
        details: { count: wrong.length },
      },
    );
  }
  const { data } = read;
  return {
    discordToken: data.DISCORD_TOKEN,
    discordApi: data.DISCORD_API,
    sandboxPort: data.SANDBOX_PORT,
    dataDir: data.DATA_DIR,
    modelsDir: data.MODELS_DIR ?? join(data.DATA_DIR, 'models'),
    stylesDir: join(data.DATA_DIR, 'styles'),
    modelsMirrors: data.MODELS_MIRROR,
    modelsPull: data.MODELS_PULL,
    logLevel: data.LOG_LEVEL,
    maxAttachmentBytes: Math.floor(data.MAX_ATTACHMENT_MB * 2 ** 20),
    maxPixels: data.MAX_MEGAPIXELS * 1e6,
    downloadMs: data.DOWNLOAD_SECONDS * 1000,
    maxJobsPerUser: data.MAX_JOBS_PER_USER,
    maxJobsPerGuild: data.MAX_JOBS_PER_GUILD,
    maxCommandsPerMinute: data.MAX_COMMANDS_PER_MINUTE,
    maxSecondsPerUser: data.MAX_MINUTES_PER_USER * 60,
    maxSecondsPerGuild: data.MAX_MINUTES_PER_GUILD * 60,
    operators: data.OPERATORS,
    blocked: data.BLOCKED_USERS,
    engine: data.ENGINE,
    device: data.DEVICE,
    progressIntervalMs: data.PROGRESS_INTERVAL_SECONDS * 1000,
    maxAttempts: data.MAX_ATTEMPTS,
    jobTimeLimitSeconds: data.JOB_TIME_LIMIT_MINUTES * 60,
    keepMs: data.KEEP_DAYS * 24 * 3_600_000,
    diskLimitBytes: data.DISK_LIMIT_GB * 2 ** 30,
    healthPort: data.HEALTH_PORT,
  };
}

const PORT_PROBLEMS = new Map([
  ['EADDRINUSE', 'is in use'],
  ['EACCES', 'cannot be opened by this user'],
]);

/**
 * Handles a failure to listen on a port: names the variable that sets the port, if that is the problem.
 * @throws ReverieError `invalid-configuration`, or what was thrown
 */
export const explainPortError =
  (variable: string, port: number) =>
  (thrown: unknown): never => {
    const problem = PORT_PROBLEMS.get(String((thrown as NodeJS.ErrnoException).code));
    if (problem === undefined) throw thrown;
    throw new ReverieError(
      'invalid-configuration',
      `Port ${port} ${problem}. Set ${variable} to another port, or to 0 for any free one.`,
      { cause: thrown },
    );
  };
