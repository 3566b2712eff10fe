/** Statements and transactions on the SQLite database, and promises around them. */
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { ReverieError } from '../errors.js';

export type Value = string | number | null;

/** The type parameter of a query names the shape of its rows. Nothing checks it. */
export class Sql {
  constructor(private readonly database: DatabaseSyncInstance) {}

  /** Returns how many rows changed. */
  run(sql: string, ...values: Value[]): number {
    return this.database.prepare(sql).run(...values).changes;
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as above
  one<T>(sql: string, ...values: Value[]): T | undefined {
    return this.database.prepare(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: Value[]): T[] {
    return this.database.prepare(sql).all(...values) as T[];
  }

  transaction<T>(work: () => T): T {
    return inTransaction(this.database, work);
  }
}

/** Commits what the work did, or rolls all of it back when it throws. */
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

/**
 * Wraps a synchronous call in a promise.
 * @throws ReverieError `not-kept` when the disk is full or cannot be written
 */
export function toPromise<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    try {
      resolve(work());
    } catch (thrown) {
      throw isDiskError(thrown) ? notKept(thrown) : thrown;
    }
  });
}

/** The file system's codes, and SQLite's READONLY, IOERR, FULL and CANTOPEN. */
const DISK_ERRORS = new Set<unknown>(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO', 8, 10, 13, 14]);

const isDiskError = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  [(thrown as NodeJS.ErrnoException).code, (thrown as { sqliteCode?: number }).sqliteCode].some((code) =>
    DISK_ERRORS.has(code),
  );

const notKept = (cause: unknown): ReverieError =>
  new ReverieError(
    'not-kept',
    'I couldn’t save that: my disk is full or read-only. The bot’s owner has been notified.',
    { cause },
  );
