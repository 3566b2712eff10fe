/** The one SQLite file: opened, checked, brought up to date. */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Logger } from 'pino';
import { ReverieError } from '../errors.js';
import { cannotBeWritten } from './data-folder.js';

/** Each entry runs once, in order; `user_version` counts those that have run. Never change one that was released. */
const MIGRATIONS = [
  `CREATE TABLE blobs (hash TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT;
   CREATE TABLE jobs (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     user_id TEXT NOT NULL,
     guild_id TEXT,
     channel_id TEXT NOT NULL,
     state TEXT NOT NULL DEFAULT 'queued'
       CHECK (state IN ('queued', 'running', 'delivering', 'completed', 'failed', 'cancelled')),
     attempts INTEGER NOT NULL DEFAULT 0,
     code TEXT,
     created_at INTEGER NOT NULL,
     changed_at INTEGER NOT NULL,
     spoiler INTEGER NOT NULL,
     exhibited INTEGER NOT NULL DEFAULT 0,
     message TEXT,
     message_id TEXT,
     facts TEXT NOT NULL,
     request TEXT NOT NULL
   ) STRICT;
   CREATE INDEX jobs_by_state ON jobs (state);
   CREATE INDEX jobs_by_user ON jobs (user_id);
   CREATE INDEX jobs_by_guild ON jobs (guild_id);
   CREATE INDEX jobs_by_message ON jobs (message_id);
   CREATE TABLE results (
     job TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
     seconds REAL NOT NULL,
     picture TEXT NOT NULL
   ) STRICT;
   CREATE TABLE uses (
     job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
     hash TEXT NOT NULL REFERENCES blobs (hash),
     PRIMARY KEY (job, hash)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX uses_by_hash ON uses (hash);
   CREATE TABLE stars (
     job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
     user_id TEXT NOT NULL,
     PRIMARY KEY (job, user_id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX stars_by_user ON stars (user_id);
   CREATE TABLE guild_settings (guild_id TEXT PRIMARY KEY, settings TEXT NOT NULL) STRICT;
   CREATE TABLE own_styles (
     user_id TEXT PRIMARY KEY,
     title TEXT NOT NULL,
     hash TEXT NOT NULL REFERENCES blobs (hash)
   ) STRICT;`,
  // A job has one message of its own and any number of copies; a guild's default changed (see GuildSettings.stopDeleted).
  `CREATE TABLE copies (
     message_id TEXT PRIMARY KEY,
     job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
     user_id TEXT,
     guild_id TEXT,
     channel_id TEXT NOT NULL
   ) STRICT;
   CREATE INDEX copies_by_job ON copies (job);
   CREATE INDEX copies_by_user ON copies (user_id);
   CREATE TABLE unwanted_messages (
     message_id TEXT PRIMARY KEY,
     guild_id TEXT,
     channel_id TEXT NOT NULL
   ) STRICT;
   ALTER TABLE jobs ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
   UPDATE guild_settings SET settings = json_remove(settings, '$.stopDeleted')
     WHERE settings ->> '$.stopDeleted' = 0;`,
  `CREATE TABLE open_forms (
     id TEXT PRIMARY KEY,
     user_id TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     pictures TEXT NOT NULL
   ) STRICT;
   CREATE INDEX open_forms_by_user ON open_forms (user_id);
   ALTER TABLE own_styles ADD COLUMN spoiler INTEGER NOT NULL DEFAULT 0;`,
] as const;

export const DATABASE_FILE = 'reverie.sqlite';
const ASIDE = '.broken-';

/** Whether a broken database was kept aside in the folder. */
export const keptAside = (folder: string): boolean =>
  readdirSync(folder).some((name) => name.startsWith(DATABASE_FILE + ASIDE));

/** The database in a folder. One that is broken is kept aside under another name and a new one begun. */
export function openDatabase(folder: string, log: Logger): DatabaseSyncInstance {
  const file = path.join(folder, DATABASE_FILE);
  try {
    mkdirSync(folder, { recursive: true });
    return open(file);
  } catch (thrown) {
    if (thrown instanceof ReverieError) throw thrown;
    if (!isCorrupt(thrown)) throw cannotBeWritten(thrown);
    const aside = `${file}${ASIDE}${new Date().toISOString().replaceAll(':', '-')}`;
    renameSync(file, aside);
    // What the log of a broken database holds belongs to it alone.
    for (const suffix of ['-wal', '-shm']) {
      try {
        renameSync(file + suffix, aside + suffix);
      } catch {
        rmSync(file + suffix, { force: true });
      }
    }
    log.error({ kept: path.basename(aside) }, 'the database is broken; it is kept aside and a new one begun');
    return open(file);
  }
}

function open(file: string): DatabaseSyncInstance {
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    const [found] = database.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
    if (found?.integrity_check !== 'ok') throw new Corrupt(found?.integrity_check ?? 'no answer');
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    migrate(database);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

class Corrupt extends Error {}

const isCorrupt = (thrown: unknown): boolean =>
  thrown instanceof Corrupt ||
  (thrown instanceof Error && /malformed|not a database|SQLITE_(CORRUPT|NOTADB)/i.test(thrown.message));

function migrate(database: DatabaseSyncInstance): void {
  const { user_version: done } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (done > MIGRATIONS.length)
    throw new ReverieError(
      'invalid-configuration',
      'The database in the data folder was written by a newer version of Reverie. Run that version, or set DATA_DIR to another folder.',
    );
  MIGRATIONS.slice(done).forEach((step, index) => {
    inTransaction(database, () => {
      database.exec(step);
      database.exec(`PRAGMA user_version = ${done + index + 1}`);
    });
  });
}

/** All of it or nothing. */
export function inTransaction<T>(database: DatabaseSyncInstance, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const value = work();
    database.exec('COMMIT');
    return value;
  } catch (thrown) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw thrown;
  }
}
