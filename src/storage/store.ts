/** Everything that outlives the process: jobs, pictures, stars, settings. Each change is one transaction. */
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { backup, type DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Logger } from 'pino';
import type { JobRepository, StoredResult, NewJob } from '../jobs/job-repository.js';
import type {
  FormRepository,
  GalleryEntry,
  GalleryRepository,
  OpenForm,
  OwnStyle,
  PersonalDataRepository,
  Stats,
  StyleRepository,
} from '../jobs/member-repositories.js';
import type { MessageCopy, MessageLocation, MessageRepository } from '../jobs/message-repository.js';
import type { GuildSettings, SettingsRepository } from '../jobs/settings-repository.js';
import { ReverieError, type ErrorCode } from '../errors.js';
import type { JobState } from '../jobs/job.js';
import type { EncodedImage } from '../pipeline/pictures.js';
import type { Plan, Trace } from '../pipeline/renderer.js';
import type { RenderRequestInput } from '../pipeline/requests.js';
import { Blobs, pack, unpack } from './blobs.js';
import { DATABASE_FILE, openDatabase } from './database.js';
import { Favourites } from './favourites.js';
import { Messages } from './messages.js';
import { OpenForms } from './open-forms.js';
import { Preferences } from './preferences.js';
import { Pictures } from './pictures.js';
import { Retention, type RetentionLimits } from './retention.js';
import { factsOf, told, type Facts, type JobRow, type StoredJob, storedJob } from './rows.js';
import { toPromise } from './to-promise.js';
import { Sql, type Value } from './sql.js';

interface Picture {
  readonly image: EncodedImage;
  readonly trace: Trace;
  readonly growth?: EncodedImage;
}

const PICTURES = 'pictures';

export class Store
  implements
    JobRepository,
    MessageRepository,
    SettingsRepository,
    StyleRepository,
    FormRepository,
    GalleryRepository,
    PersonalDataRepository
{
  readonly #database: DatabaseSyncInstance;
  readonly #blobs: Blobs;
  readonly #pictures: Pictures;
  readonly #room: Retention;
  readonly #sql: Sql;
  readonly #favourites: Favourites;
  readonly #preferences: Preferences;
  readonly #messages: Messages;
  readonly #forms: OpenForms;

  constructor(
    folder: string,
    private readonly log: Logger,
  ) {
    this.#database = openDatabase(folder, log);
    this.#blobs = new Blobs(path.join(folder, PICTURES));
    this.#room = new Retention(this.#database, this.#blobs, folder);
    this.#sql = new Sql(this.#database);
    this.#favourites = new Favourites(this.#sql);
    this.#messages = new Messages(this.#sql);
    this.#forms = new OpenForms(this.#sql);
    this.#pictures = new Pictures(this.#sql, this.#blobs);
    this.#preferences = new Preferences(this.#sql, this.#pictures);
  }

  close(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }

  /** 'ok', or what is wrong. */
  integrity(): string {
    return this.#sql.one<{ integrity_check: string }>('PRAGMA integrity_check(1)')!.integrity_check;
  }

  /**
   * A copy of everything, taken while it is in use, in a folder that is new or empty. Pictures are copied before the
   * database, since one that goes later still has its row in the copy, and after it, since one may have come meanwhile.
   */
  async exportTo(folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0)
      throw new ReverieError('invalid-parameter', 'That folder is not empty; name a new one.');
    const pictures = path.join(folder, PICTURES);
    await this.#blobs.copyTo(pictures);
    await backup(this.#database, path.join(folder, DATABASE_FILE));
    await this.#blobs.copyTo(pictures);
  }

  // Jobs

  create(job: NewJob): Promise<void> {
    return toPromise(() => {
      this.#pictures.transaction(() => {
        const used = new Set<string>();
        const request = pack(job.request, (bytes) => this.#put(bytes, used));
        this.#sql.run(
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
          JSON.stringify(factsOf(job)),
          request,
        );
        this.#use(job.id, used);
      });
    });
  }

  setMessage(id: string, message: MessageLocation): Promise<boolean> {
    return toPromise(() => {
      const changed = this.#sql.run(
        'UPDATE jobs SET message = ?, message_id = ? WHERE id = ?',
        JSON.stringify(message),
        message.messageId,
        id,
      );
      return changed > 0;
    });
  }

  saveResult(id: string, result: StoredResult): Promise<void> {
    return toPromise(() => {
      this.#pictures.transaction(() => {
        if (!this.#row(id)) return;
        const used = new Set<string>();
        const picture = pack(result, (bytes) => this.#put(bytes, used));
        this.#sql.run(
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
  recordState(id: string, state: JobState, code?: ErrorCode): void {
    this.#sql.run(
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
    return toPromise(() => {
      this.#sql.transaction(() => {
        this.#sql.run('DELETE FROM jobs WHERE id = ?', id);
      });
      this.#room.sweep();
    });
  }

  discard(id: string): Promise<readonly MessageLocation[]> {
    return toPromise(() => {
      const places = this.#sql.transaction(() => {
        const unwanted = this.#messages.discardAll('jobs.id = ?', id);
        this.#sql.run('DELETE FROM jobs WHERE id = ?', id);
        return unwanted;
      });
      this.#room.sweep();
      return places;
    });
  }

  withdraw(id: string): Promise<readonly MessageLocation[]> {
    return toPromise(() =>
      this.#sql.transaction(() => {
        this.#sql.run('UPDATE jobs SET withdrawn = 1 WHERE id = ?', id);
        return this.#messages.discardCopiesInGuildOf(id);
      }),
    );
  }

  hide(id: string): Promise<void> {
    return toPromise(() => {
      this.#sql.run('UPDATE jobs SET spoiler = 1 WHERE id = ?', id);
    });
  }

  job(id: string): Promise<StoredJob | undefined> {
    return toPromise(() => this.#jobs('SELECT * FROM jobs WHERE id = ?', id)[0]);
  }

  result(id: string): Promise<StoredResult | undefined> {
    return toPromise(() => {
      const row = this.#sql.one<{ picture: string }>('SELECT picture FROM results WHERE job = ?', id);
      return row && (this.#unpacked(id, row.picture) as Picture);
    });
  }

  request(id: string): Promise<RenderRequestInput> {
    return toPromise(() => {
      const row = this.#row(id);
      if (!row) throw gone();
      return this.#unpacked(id, row.request) as RenderRequestInput;
    });
  }

  byMessage(messageId: string): Promise<StoredJob | undefined> {
    return toPromise(
      () =>
        this.#jobs(
          `SELECT * FROM jobs WHERE message_id = ?1
           UNION SELECT jobs.* FROM jobs JOIN copies ON job = id WHERE copies.message_id = ?1`,
          messageId,
        )[0],
    );
  }

  openJob(userId: string, parent: string, action: string): Promise<StoredJob | undefined> {
    return toPromise(
      () =>
        this.#jobs(
          `SELECT * FROM jobs WHERE user_id = ? AND state IN ('queued', 'running')
           AND facts ->> '$.parent' = ? AND facts ->> '$.action' = ?`,
          userId,
          parent,
          action,
        )[0],
    );
  }

  finishedOf(userId: string, limit: number): Promise<readonly StoredJob[]> {
    return toPromise(() =>
      this.#jobs(
        `SELECT jobs.* FROM jobs JOIN results ON job = id WHERE user_id = ? AND withdrawn = 0
         ORDER BY number DESC LIMIT ?`,
        userId,
        limit,
      ),
    );
  }

  unfinished(): Promise<readonly StoredJob[]> {
    return toPromise(() => this.inState(['queued', 'running', 'delivering']));
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
    const rows = this.#sql.all<{ state: JobState; count: number }>(
      'SELECT state, count(*) AS count FROM jobs GROUP BY state',
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  /** Plans of the latest finished jobs and the seconds they took, oldest first: what estimates learn from. */
  history(limit: number): readonly { readonly plan: Plan; readonly seconds: number }[] {
    return this.#sql
      .all<{ facts: string; seconds: number }>(
        'SELECT facts, seconds FROM jobs JOIN results ON job = id ORDER BY number DESC LIMIT ?',
        limit,
      )
      .map(({ facts, seconds }) => ({ plan: (JSON.parse(facts) as Facts).plan, seconds }))
      .reverse();
  }

  // Messages beside a job's own

  addCopy(id: string, copy: MessageCopy): Promise<boolean> {
    return toPromise(() => this.#messages.addCopy(id, copy));
  }

  copiesOf(id: string): Promise<readonly MessageCopy[]> {
    return toPromise(() => this.#messages.copiesOf(id));
  }

  discardCopy(messageId: string): Promise<readonly MessageLocation[]> {
    return toPromise(() => this.#sql.transaction(() => this.#messages.discardCopy(messageId)));
  }

  unwantedMessages(): Promise<readonly MessageLocation[]> {
    return toPromise(() => this.#messages.unwanted());
  }

  addUnwanted(message: MessageLocation): Promise<void> {
    return toPromise(() => {
      this.#messages.addUnwanted(message);
    });
  }

  forgetUnwanted(messageId: string): Promise<void> {
    return toPromise(() => {
      this.#messages.forgetUnwanted(messageId);
    });
  }

  // Stars

  star(id: string, userId: string, given: boolean): Promise<number> {
    return toPromise(() => this.#favourites.star(id, userId, given));
  }

  hasStarred(id: string, userId: string): Promise<boolean> {
    return toPromise(() => this.#favourites.hasStarred(id, userId));
  }

  claimStarboard(id: string): Promise<boolean> {
    return toPromise(() => this.#favourites.claimStarboard(id));
  }

  gallery(guildId: string | null, userId: string): Promise<readonly GalleryEntry[]> {
    return toPromise(() => this.#favourites.gallery(guildId, userId));
  }

  stats(guildId: string | null, userId: string): Promise<Stats> {
    return toPromise(() => this.#favourites.stats(guildId, userId));
  }

  // Settings

  settings(guildId: string | null): Promise<GuildSettings> {
    return toPromise(() => this.#preferences.settings(guildId));
  }

  saveSettings(guildId: string, settings: GuildSettings | undefined): Promise<void> {
    return toPromise(() => {
      this.#preferences.saveSettings(guildId, settings);
    });
  }

  ownStyle(userId: string): Promise<OwnStyle | undefined> {
    return toPromise(() => this.#preferences.ownStyle(userId));
  }

  saveOwnStyle(userId: string, style: OwnStyle): Promise<void> {
    return toPromise(() => {
      this.#preferences.saveOwnStyle(userId, style);
      this.#room.sweep();
    });
  }

  saveForm(form: OpenForm): Promise<void> {
    return toPromise(() => {
      this.#forms.save(form);
    });
  }

  form(id: string, userId: string): Promise<OpenForm | undefined> {
    return toPromise(() => this.#forms.find(id, userId));
  }

  // A person's own data

  exportOf(userId: string): Promise<unknown> {
    return toPromise(() => ({
      jobs: this.#sql.all<JobRow>('SELECT * FROM jobs WHERE user_id = ? ORDER BY number', userId).map(told),
      stars: this.#sql
        .all<{ job: string }>('SELECT job FROM stars WHERE user_id = ?', userId)
        .map(({ job }) => job),
      copies: this.#messages.copiesFor(userId),
      style: this.#sql.one('SELECT title, hash FROM own_styles WHERE user_id = ?', userId) ?? null,
      forms: this.#forms.of(userId),
    }));
  }

  deleteOf(userId: string): Promise<readonly MessageLocation[]> {
    return toPromise(() => {
      const places = this.#sql.transaction(() => {
        this.#sql.run('DELETE FROM stars WHERE user_id = ?', userId);
        this.#sql.run('DELETE FROM own_styles WHERE user_id = ?', userId);
        const unwanted = [
          ...this.#messages.discardAll('jobs.user_id = ?', userId),
          ...this.#messages.discardCopiesFor(userId),
        ];
        this.#sql.run('DELETE FROM jobs WHERE user_id = ?', userId);
        this.#forms.deleteOf(userId);
        return unwanted;
      });
      this.#room.sweep();
      return places;
    });
  }

  /** Bytes of all pictures. */
  get bytes(): number {
    return this.#room.bytes;
  }

  /** Forgets old results, never one with a star. Returns how many jobs went. */
  retain(limits: RetentionLimits): number {
    this.#forms.sweep();
    return this.#room.retain(limits);
  }

  /** Deletes files that no row names: what a process that was killed has left. Returns how many. */
  deleteOrphans(): number {
    return this.#room.deleteOrphans();
  }

  #put(bytes: Uint8Array, used: Set<string>): string {
    const hash = this.#pictures.put(bytes);
    used.add(hash);
    return hash;
  }

  #use(job: string, hashes: Iterable<string>): void {
    for (const hash of hashes)
      this.#sql.run('INSERT OR IGNORE INTO uses (job, hash) VALUES (?, ?)', job, hash);
  }

  #row(id: string): JobRow | undefined {
    return this.#sql.one<JobRow>('SELECT * FROM jobs WHERE id = ?', id);
  }

  #jobs(sql: string, ...values: Value[]): readonly StoredJob[] {
    return this.#sql.all<JobRow>(sql, ...values).map(storedJob);
  }

  #unpacked(id: string, packed: string): unknown {
    try {
      return unpack(packed, (hash) => this.#blobs.get(hash));
    } catch (cause) {
      this.log.error({ err: cause, job: id }, 'a job lost its pictures');
      throw gone();
    }
  }
}

const gone = () =>
  new ReverieError('nothing-to-show', 'I no longer have that picture.', { details: { reason: 'gone' } });
