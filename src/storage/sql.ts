import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { inTransaction } from './database.js';

export type Value = string | number | null;

/** Statements on a database. The shape of a row is the query's to say. */
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
