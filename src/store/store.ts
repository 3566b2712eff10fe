/** Everything that outlives the process: jobs, pictures, stars, settings. Each change is one transaction. */
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { backup, type DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Logger } from 'pino';
import {
  DEFAULT_SETTINGS,
  type GuildSettings,
  type Keeping,
  type KeptJob,
  type KeptResult,
  type MessagePlace,
  type OwnStyle,
  type Stats,
  type Unfinished,
} from '../commands/keeping.js';
import { ReverieError, type ErrorCode } from '../errors.js';
import type { JobState } from '../jobs/job.js';
import type { EncodedImage, Plan, RenderRequestInput, Trace } from '../pipeline/contract.js';
import { Blobs, pack, unpack } from './blobs.js';
import { DATABASE_FILE, inTransaction, openDatabase } from './database.js';
import { Room, type RoomLimits } from './room.js';
import { soon } from './soon.js';

/** A job with what became of it. */
export interface StoredJob extends Unfinished {
  /** Why it failed. */
  readonly code?: ErrorCode;
}

interface JobRow {
  readonly id: string;
  readonly user_id: string;
  readonly guild_id: string | null;
  readonly channel_id: string;
  readonly state: JobState;
  readonly attempts: number;
  readonly code: ErrorCode | null;
  readonly created_at: number;
  readonly spoiler: number;
  readonly message: string | null;
  readonly facts: string;
  readonly request: string;
}

type Facts = Pick<
  KeptJob,
  'locale' | 'uploadLimit' | 'ageRestricted' | 'plan' | 'fields' | 'styles' | 'parent'
>;

interface Picture {
  readonly image: EncodedImage;
  readonly trace: Trace;
  readonly growth?: EncodedImage;
}

type Value = string | number | null;

const PICTURES = 'pictures';

/** A job as JSON may tell it: pictures by their hashes. */
const told = (row: JobRow) => ({
  id: row.id,
  guild: row.guild_id,
  channel: row.channel_id,
  state: row.state,
  createdAt: new Date(row.created_at).toISOString(),
  message: row.message === null ? null : (JSON.parse(row.message) as unknown),
  ...(JSON.parse(row.facts) as Facts),
  request: JSON.parse(row.request) as unknown,
});

export class Store implements Keeping {
  readonly #database: DatabaseSyncInstance;
  readonly #blobs: Blobs;
  readonly #room: Room;

  constructor(
    folder: string,
    private readonly log: Logger,
  ) {
    this.#database = openDatabase(folder, log);
    this.#blobs = new Blobs(path.join(folder, PICTURES));
    this.#room = new Room(this.#database, this.#blobs);
  }

  close(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }

  /** 'ok', or what is wrong. */
  integrity(): string {
    return this.#one<{ integrity_check: string }>('PRAGMA integrity_check(1)')!.integrity_check;
  }

  /**
   * A copy of everything, taken while it is in use, in a folder that is new or empty. The database comes first: a
   * picture never changes, and one that is new has no row in the copy.
   */
  async exportTo(folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0)
      throw new ReverieError('invalid-parameter', 'That folder is not empty; name a new one.');
    await backup(this.#database, path.join(folder, DATABASE_FILE));
    await this.#blobs.copyTo(path.join(folder, PICTURES));
  }

  // Jobs

  begin(job: KeptJob): Promise<void> {
    return soon(() => {
      this.#transaction(() => {
        const used = new Set<string>();
        const { locale, uploadLimit, ageRestricted, plan, fields, styles, parent } = job;
        const facts: Facts = {
          locale,
          uploadLimit,
          ageRestricted,
          plan,
          fields,
          styles,
          ...(parent ? { parent } : {}),
        };
        const request = pack(job.request, (bytes) => this.#put(bytes, used));
        this.#run(
          `INSERT INTO jobs (id, user_id, guild_id, channel_id, created_at, changed_at, spoiler, message,
             message_id, facts, request) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          job.id,
          job.userId,
          job.guildId,
          job.channelId,
          job.createdAt.getTime(),
          Date.now(),
          Number(job.spoiler),
          job.message ? JSON.stringify(job.message) : null,
          job.message?.messageId ?? null,
          JSON.stringify(facts),
          request,
        );
        this.#use(job.id, used);
      });
    });
  }

  placed(id: string, message: MessagePlace): Promise<void> {
    return soon(() => {
      this.#run(
        'UPDATE jobs SET message = ?, message_id = ? WHERE id = ?',
        JSON.stringify(message),
        message.messageId,
        id,
      );
    });
  }

  finished(id: string, result: KeptResult): Promise<void> {
    return soon(() => {
      this.#transaction(() => {
        if (!this.#row(id)) return;
        const used = new Set<string>();
        const picture = pack(result, (bytes) => this.#put(bytes, used));
        this.#run(
          'INSERT OR REPLACE INTO results (job, seconds, picture) VALUES (?, ?, ?)',
          id,
          result.trace.seconds,
          picture,
        );
        this.#use(id, used);
      });
    });
  }

  /** The queue tells what becomes of a job. A job that nobody began is none of the store's. */
  moved(id: string, state: JobState, code?: ErrorCode): void {
    this.#run(
      // What goes back to the queue was stopped on purpose: only what was cut off counts as an attempt.
      `UPDATE jobs SET state = ?1, code = ?, changed_at = ?,
         attempts = CASE ?1 WHEN 'queued' THEN 0 WHEN 'running' THEN attempts + 1 ELSE attempts END WHERE id = ?`,
      state,
      code ?? null,
      Date.now(),
      id,
    );
  }

  remove(id: string): Promise<void> {
    return soon(() => {
      this.#transaction(() => {
        this.#run('DELETE FROM jobs WHERE id = ?', id);
      });
      this.#room.sweep();
    });
  }

  hide(id: string): Promise<void> {
    return soon(() => {
      this.#run('UPDATE jobs SET spoiler = 1 WHERE id = ?', id);
    });
  }

  job(id: string): Promise<StoredJob | undefined> {
    return soon(() => this.#stored(this.#row(id)));
  }

  result(id: string): Promise<KeptResult | undefined> {
    return soon(() => {
      const row = this.#one<{ picture: string }>('SELECT picture FROM results WHERE job = ?', id);
      return row && (unpack(row.picture, (hash) => this.#blobs.get(hash)) as Picture);
    });
  }

  byMessage(messageId: string): Promise<StoredJob | undefined> {
    return soon(() => this.#stored(this.#one<JobRow>('SELECT * FROM jobs WHERE message_id = ?', messageId)));
  }

  finishedOf(userId: string, limit: number): Promise<readonly StoredJob[]> {
    return soon(() =>
      this.#jobs(
        'SELECT jobs.* FROM jobs JOIN results ON job = id WHERE user_id = ? ORDER BY number DESC LIMIT ?',
        userId,
        limit,
      ),
    );
  }

  /** A job whose pictures are lost ends here: it must not keep the others from going on. */
  unfinished(): Promise<readonly StoredJob[]> {
    return soon(() =>
      this.#all<JobRow>(
        `SELECT * FROM jobs WHERE state IN ('queued', 'running', 'delivering') ORDER BY number`,
      ).flatMap((row) => {
        try {
          return [this.#stored(row)!];
        } catch (cause) {
          this.moved(row.id, 'failed', 'internal');
          this.log.error({ err: cause, job: row.id }, 'a job lost its pictures and is given up');
          return [];
        }
      }),
    );
  }

  /** Jobs in some states, oldest first. */
  inState(states: readonly JobState[]): readonly StoredJob[] {
    const marks = states.map(() => '?').join(', ');
    return this.#jobs(`SELECT * FROM jobs WHERE state IN (${marks}) ORDER BY number`, ...states);
  }

  /** All that is known of a job, for the operator. */
  record(id: string): unknown {
    const row = this.#row(id);
    return row && { ...told(row), user: row.user_id, code: row.code, attempts: row.attempts };
  }

  /** The newest jobs first, for the operator. */
  newest(limit: number): readonly StoredJob[] {
    return this.#jobs('SELECT * FROM jobs ORDER BY number DESC LIMIT ?', limit);
  }

  countByState(): Readonly<Partial<Record<JobState, number>>> {
    const rows = this.#all<{ state: JobState; count: number }>(
      'SELECT state, count(*) AS count FROM jobs GROUP BY state',
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  /** Plans of the latest finished jobs and the seconds they took, oldest first: what estimates learn from. */
  history(limit: number): readonly { readonly plan: Plan; readonly seconds: number }[] {
    return this.#all<{ facts: string; seconds: number }>(
      'SELECT facts, seconds FROM jobs JOIN results ON job = id ORDER BY number DESC LIMIT ?',
      limit,
    )
      .map(({ facts, seconds }) => ({ plan: (JSON.parse(facts) as Facts).plan, seconds }))
      .reverse();
  }

  // Stars

  star(id: string, userId: string, given: boolean): Promise<number> {
    return soon(() =>
      this.#transaction(() => {
        if (given && this.#row(id))
          this.#run('INSERT OR IGNORE INTO stars (job, user_id) VALUES (?, ?)', id, userId);
        if (!given) this.#run('DELETE FROM stars WHERE job = ? AND user_id = ?', id, userId);
        return this.#one<{ count: number }>('SELECT count(*) AS count FROM stars WHERE job = ?', id)!.count;
      }),
    );
  }

  hasStarred(id: string, userId: string): Promise<boolean> {
    return soon(
      () => this.#one('SELECT 1 FROM stars WHERE job = ? AND user_id = ?', id, userId) !== undefined,
    );
  }

  claimExhibit(id: string): Promise<boolean> {
    return soon(() => this.#run('UPDATE jobs SET exhibited = 1 WHERE id = ? AND exhibited = 0', id) > 0);
  }

  gallery(guildId: string | null, userId: string) {
    return soon(() =>
      this.#all<JobRow & { stars: number }>(
        `SELECT jobs.*, count(*) AS stars FROM jobs JOIN results ON results.job = id JOIN stars ON stars.job = id
         WHERE ${HERE} GROUP BY id ORDER BY stars DESC, number`,
        guildId,
        guildId,
        userId,
      ).map((row) => ({ job: this.#stored(row)!, stars: row.stars })),
    );
  }

  stats(guildId: string | null, userId: string): Promise<Stats> {
    return soon(() => {
      const sum = { dream: 0, style: 0, visualise: 0, seconds: 0 };
      for (const { kind, count, seconds } of this.#all<{
        kind: Plan['kind'];
        count: number;
        seconds: number;
      }>(
        `SELECT facts ->> '$.plan.kind' AS kind, count(*) AS count, sum(seconds) AS seconds
         FROM jobs JOIN results ON job = id WHERE ${HERE} GROUP BY kind`,
        guildId,
        guildId,
        userId,
      )) {
        sum[kind] = count;
        sum.seconds += seconds;
      }
      return sum;
    });
  }

  // Settings

  settings(guildId: string | null): Promise<GuildSettings> {
    return soon(() => {
      const row = this.#one<{ settings: string }>(
        'SELECT settings FROM guild_settings WHERE guild_id = ?',
        guildId,
      );
      return { ...DEFAULT_SETTINGS, ...(row && (JSON.parse(row.settings) as GuildSettings)) };
    });
  }

  saveSettings(guildId: string, settings: GuildSettings | undefined): Promise<void> {
    return soon(() => {
      if (settings)
        this.#run(
          'INSERT OR REPLACE INTO guild_settings (guild_id, settings) VALUES (?, ?)',
          guildId,
          JSON.stringify(settings),
        );
      else this.#run('DELETE FROM guild_settings WHERE guild_id = ?', guildId);
    });
  }

  ownStyle(userId: string): Promise<OwnStyle | undefined> {
    return soon(() => {
      const row = this.#one<{ title: string; hash: string }>(
        'SELECT title, hash FROM own_styles WHERE user_id = ?',
        userId,
      );
      return row && { title: row.title, image: this.#blobs.get(row.hash) };
    });
  }

  saveOwnStyle(userId: string, { title, image }: OwnStyle): Promise<void> {
    return soon(() => {
      this.#transaction(() => {
        const hash = this.#put(image, new Set());
        this.#run(
          'INSERT OR REPLACE INTO own_styles (user_id, title, hash) VALUES (?, ?, ?)',
          userId,
          title,
          hash,
        );
      });
      this.#room.sweep();
    });
  }

  // A person's own data

  exportOf(userId: string): Promise<unknown> {
    return soon(() => ({
      jobs: this.#all<JobRow>('SELECT * FROM jobs WHERE user_id = ? ORDER BY number', userId).map(told),
      stars: this.#all<{ job: string }>('SELECT job FROM stars WHERE user_id = ?', userId).map(
        ({ job }) => job,
      ),
      style: this.#one('SELECT title, hash FROM own_styles WHERE user_id = ?', userId) ?? null,
    }));
  }

  deleteOf(userId: string): Promise<void> {
    return soon(() => {
      this.#transaction(() => {
        this.#run('DELETE FROM stars WHERE user_id = ?', userId);
        this.#run('DELETE FROM own_styles WHERE user_id = ?', userId);
        this.#run('DELETE FROM jobs WHERE user_id = ?', userId);
      });
      this.#room.sweep();
    });
  }

  /** Bytes of all pictures. */
  get bytes(): number {
    return this.#room.bytes;
  }

  /** Forgets old results, never one with a star. Returns how many jobs went. */
  retain(limits: RoomLimits): number {
    return this.#room.retain(limits);
  }

  #put(bytes: Uint8Array, used: Set<string>): string {
    const hash = this.#blobs.put(bytes);
    this.#run('INSERT OR IGNORE INTO blobs (hash, bytes) VALUES (?, ?)', hash, bytes.byteLength);
    used.add(hash);
    return hash;
  }

  #use(job: string, hashes: Iterable<string>): void {
    for (const hash of hashes) this.#run('INSERT OR IGNORE INTO uses (job, hash) VALUES (?, ?)', job, hash);
  }

  #row(id: string): JobRow | undefined {
    return this.#one<JobRow>('SELECT * FROM jobs WHERE id = ?', id);
  }

  #jobs(sql: string, ...values: Value[]): readonly StoredJob[] {
    return this.#all<JobRow>(sql, ...values).map((row) => this.#stored(row)!);
  }

  #stored(row: JobRow | undefined): StoredJob | undefined {
    if (!row) return undefined;
    return {
      ...(JSON.parse(row.facts) as Facts),
      id: row.id,
      userId: row.user_id,
      guildId: row.guild_id,
      channelId: row.channel_id,
      state: row.state,
      attempts: row.attempts,
      createdAt: new Date(row.created_at),
      spoiler: row.spoiler === 1,
      request: unpack(row.request, (hash) => this.#blobs.get(hash)) as RenderRequestInput,
      ...(row.code === null ? {} : { code: row.code }),
      ...(row.message === null ? {} : { message: JSON.parse(row.message) as MessagePlace }),
    };
  }

  #transaction<T>(work: () => T): T {
    return inTransaction(this.#database, work);
  }

  #run(sql: string, ...values: Value[]): number {
    return this.#database.prepare(sql).run(...values).changes;
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the shape of a row is the query's to say
  #one<T>(sql: string, ...values: Value[]): T | undefined {
    return this.#database.prepare(sql).get(...values) as T | undefined;
  }

  #all<T>(sql: string, ...values: Value[]): T[] {
    return this.#database.prepare(sql).all(...values) as T[];
  }
}

/** In a guild, everything of the guild; in direct messages (guild null), what one person asked for there. */
const HERE = '(guild_id = ? OR (? IS NULL AND guild_id IS NULL AND jobs.user_id = ?))';
