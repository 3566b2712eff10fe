/** What is deleted by age and by size, and what a killed process left behind. */
import { hasBrokenDatabase } from './database.js';
import { deleteExpiredForms } from './open-forms.js';
import type { Pictures } from './pictures.js';
import type { Sql } from './sql.js';

export interface RetentionLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

export interface Retention {
  /** Total size of all pictures in bytes. */
  bytes(): number;
  /**
   * Deletes finished jobs that nobody starred, oldest first: those older than `maxAgeMs`, and as many more as it takes to
   * get below `maxBytes`. Returns how many were deleted.
   */
  retain(limits: RetentionLimits): number;
  /**
   * Deletes the picture files that have no row, unless a broken database was set aside: they may belong to its rows.
   * Returns how many were deleted.
   */
  deleteOrphans(): number;
}

/** The date by the monotonic clock: setting the system's clock forward must not make every job look old. */
const monotonicDate = (): number => performance.timeOrigin + performance.now();

export function createRetention(sql: Sql, pictures: Pictures, folder: string): Retention {
  const deleteJob = (id: string) => sql.run('DELETE FROM jobs WHERE id = ?', id);
  return {
    bytes: () => pictures.bytes(),

    retain({ maxBytes, maxAgeMs }) {
      deleteExpiredForms(sql);
      const candidates = sql.all<{ id: string; created_at: number }>(
        `SELECT id, created_at FROM jobs WHERE state IN ('completed', 'failed', 'cancelled')
         AND id NOT IN (SELECT job FROM stars) ORDER BY number`,
      );
      const oldest = monotonicDate() - maxAgeMs;
      const expired = candidates.filter(({ created_at }) => created_at < oldest);
      sql.transaction(() => {
        for (const { id } of expired) deleteJob(id);
      });
      pictures.deleteUnused();
      let deleted = expired.length;
      for (const { id } of candidates.filter(({ created_at }) => created_at >= oldest)) {
        if (pictures.bytes() <= maxBytes) break;
        deleteJob(id);
        pictures.deleteUnused();
        deleted += 1;
      }
      return deleted;
    },

    deleteOrphans: () => (hasBrokenDatabase(folder) ? 0 : pictures.deleteOrphans()),
  };
}
