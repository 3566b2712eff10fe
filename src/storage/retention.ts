/** Room on the disk: what goes when there is too little, and what nobody needs any more. */
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Blobs } from './blobs.js';
import { inTransaction, keptAside } from './database.js';

export interface RetentionLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/**
 * The time of day when the process began, and what has passed since: a clock that is set forward for a moment must not
 * make everything old.
 */
const steadyDate = (): number => performance.timeOrigin + performance.now();

export class Retention {
  constructor(
    private readonly database: DatabaseSyncInstance,
    private readonly blobs: Blobs,
    private readonly folder: string,
  ) {}

  /** Bytes of all pictures. */
  get bytes(): number {
    const total = this.database.prepare('SELECT coalesce(sum(bytes), 0) AS bytes FROM blobs');
    return (total.get() as { bytes: number }).bytes;
  }

  /**
   * Forgets what is over, oldest first and never what has a star: all of it older than `maxAgeMs`, and as much as
   * it takes to come under `maxBytes`. Returns how many jobs went.
   */
  retain({ maxBytes, maxAgeMs }: RetentionLimits): number {
    const candidates = this.database
      .prepare(
        `SELECT id, created_at AS at FROM jobs WHERE state IN ('completed', 'failed', 'cancelled')
         AND id NOT IN (SELECT job FROM stars) ORDER BY number`,
      )
      .all() as { id: string; at: number }[];
    const since = steadyDate() - maxAgeMs;
    const old = candidates.filter(({ at }) => at < since);
    inTransaction(this.database, () => {
      for (const { id } of old) this.#forget(id);
    });
    this.sweep();
    let gone = old.length;
    for (const { id } of candidates.filter(({ at }) => at >= since)) {
      if (this.bytes <= maxBytes) break;
      this.#forget(id);
      this.sweep();
      gone += 1;
    }
    return gone;
  }

  /** Pictures that no job shows. Rows first: a file without a row is litter, a row without a file would be a loss. */
  sweep(): void {
    const unused = this.database
      .prepare(
        `DELETE FROM blobs WHERE hash NOT IN (SELECT hash FROM uses)
         AND hash NOT IN (SELECT hash FROM own_styles) RETURNING hash`,
      )
      .all() as { hash: string }[];
    for (const { hash } of unused) this.blobs.remove(hash);
  }

  /** Files without a row. None where an earlier database was kept aside: its rows may name them. Returns how many went. */
  deleteOrphans(): number {
    if (keptAside(this.folder)) return 0;
    const rows = this.database.prepare('SELECT hash FROM blobs').all() as { hash: string }[];
    return this.blobs.keepOnly(new Set(rows.map(({ hash }) => hash)));
  }

  #forget(id: string): void {
    this.database.prepare('DELETE FROM jobs WHERE id = ?').run(id);
  }
}
