/** The SQLite file: opened, checked and migrated. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Logger } from 'pino';
import { ReverieError } from '../errors.js';
import { cannotBeWritten } from './data-folder.js';
import { MIGRATIONS } from './migrations.js';
import { inTransaction } from './sql.js';

export const DATABASE_FILE = 'reverie.sqlite';
const SET_ASIDE = `${DATABASE_FILE}.broken-`;

/** Whether the folder holds a broken database that was set aside. */
export const hasBrokenDatabase = (folder: string): boolean =>
  readdirSync(folder).some((name) => name.startsWith(SET_ASIDE));

/**
 * Opens or creates the database in a folder. A broken one is renamed, and an empty one takes its place.
 * @throws ReverieError `invalid-configuration` when the folder cannot be written or a newer version wrote the database
 */
export function openDatabase(folder: string, log: Logger): DatabaseSyncInstance {
  try {
    mkdirSync(folder, { recursive: true });
    return openMigrated(path.join(folder, DATABASE_FILE));
  } catch (thrown) {
    if (thrown instanceof ReverieError) throw thrown;
    if (!isCorrupt(thrown)) throw cannotBeWritten(thrown);
    const kept = setAside(folder);
    log.error({ kept }, 'the database is broken: it was renamed, and the bot starts with an empty one');
    return openMigrated(path.join(folder, DATABASE_FILE));
  }
}

/**
 * Opens the database that a bot may be using right now. Nothing is created, repaired or migrated.
 * @throws ReverieError `nothing-to-show` when there is no database, `invalid-configuration` when it is of another version
 */
export function openExistingDatabase(folder: string): DatabaseSyncInstance {
  const file = path.join(folder, DATABASE_FILE);
  if (!existsSync(file))
    throw new ReverieError(
      'nothing-to-show',
      'There is no database yet. DATA_DIR names the folder it is in.',
    );
  return open(file, (database) => {
    if (appliedMigrations(database) < MIGRATIONS.length)
      throw new ReverieError(
        'invalid-configuration',
        'The database was written by an older version of Reverie. Start the bot once to upgrade it.',
      );
  });
}

const openMigrated = (file: string): DatabaseSyncInstance =>
  open(file, (database) => {
    const [found] = database.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
    if (found?.integrity_check !== 'ok') throw new Corrupt(found?.integrity_check ?? 'no answer');
    database.exec('PRAGMA journal_mode = WAL');
    migrate(database);
  });

/** Closes the database again when the check throws. */
function open(file: string, check: (database: DatabaseSyncInstance) => void): DatabaseSyncInstance {
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    check(database);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** Returns the new name of the database. */
function setAside(folder: string): string {
  const name = SET_ASIDE + new Date().toISOString().replaceAll(':', '-');
  const [from, to] = [DATABASE_FILE, name].map((file) => path.join(folder, file)) as [string, string];
  renameSync(from, to);
  // The write-ahead log of a broken database must not be applied to the new one.
  for (const suffix of ['-wal', '-shm']) {
    try {
      renameSync(from + suffix, to + suffix);
    } catch {
      rmSync(from + suffix, { force: true });
    }
  }
  return name;
}

class Corrupt extends Error {}

const isCorrupt = (thrown: unknown): boolean =>
  thrown instanceof Corrupt ||
  (thrown instanceof Error && /malformed|not a database|SQLITE_(CORRUPT|NOTADB)/i.test(thrown.message));

function migrate(database: DatabaseSyncInstance): void {
  const done = appliedMigrations(database);
  MIGRATIONS.slice(done).forEach((step, index) => {
    inTransaction(database, () => {
      database.exec(step);
      database.exec(`PRAGMA user_version = ${done + index + 1}`);
    });
  });
}

/** @throws ReverieError `invalid-configuration` when a newer version has applied more than this one knows */
function appliedMigrations(database: DatabaseSyncInstance): number {
  const { user_version: done } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (done <= MIGRATIONS.length) return done;
  throw new ReverieError(
    'invalid-configuration',
    'The database in the data folder was written by a newer version of Reverie. Run that version, or set DATA_DIR to another folder.',
  );
}
