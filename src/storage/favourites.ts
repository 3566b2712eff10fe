/** The stars that people give, and what a place has made: a guild, or one person's direct messages. */
import type { GalleryEntry, Stats } from '../jobs/member-repositories.js';
import type { Plan } from '../pipeline/renderer.js';
import { storedJob, type JobRow } from './rows.js';
import type { Sql } from './sql.js';

/** In a guild, everything of the guild; in direct messages (guild null), what one person asked for there. */
const HERE = '(guild_id = ? OR (? IS NULL AND guild_id IS NULL AND jobs.user_id = ?))';

export class Favourites {
  constructor(private readonly sql: Sql) {}

  star(id: string, userId: string, given: boolean): number {
    return this.sql.transaction(() => {
      if (given)
        this.sql.run(
          'INSERT OR IGNORE INTO stars (job, user_id) SELECT id, ? FROM jobs WHERE id = ?',
          userId,
          id,
        );
      else this.sql.run('DELETE FROM stars WHERE job = ? AND user_id = ?', id, userId);
      return this.sql.one<{ count: number }>('SELECT count(*) AS count FROM stars WHERE job = ?', id)!.count;
    });
  }

  hasStarred(id: string, userId: string): boolean {
    return this.sql.one('SELECT 1 FROM stars WHERE job = ? AND user_id = ?', id, userId) !== undefined;
  }

  claimStarboard(id: string): boolean {
    return this.sql.run('UPDATE jobs SET exhibited = 1 WHERE id = ? AND exhibited = 0', id) > 0;
  }

  gallery(guildId: string | null, userId: string): readonly GalleryEntry[] {
    const rows = this.sql.all<JobRow & { stars: number }>(
      `SELECT jobs.*, count(*) AS stars FROM jobs JOIN results ON results.job = id JOIN stars ON stars.job = id
       WHERE ${HERE} AND withdrawn = 0 GROUP BY id ORDER BY stars DESC, number`,
      guildId,
      guildId,
      userId,
    );
    return rows.map((row) => ({ job: storedJob(row), stars: row.stars }));
  }

  stats(guildId: string | null, userId: string): Stats {
    const sum = { dream: 0, style: 0, visualise: 0, seconds: 0 };
    const rows = this.sql.all<{ kind: Plan['kind']; count: number; seconds: number }>(
      `SELECT facts ->> '$.plan.kind' AS kind, count(*) AS count, sum(seconds) AS seconds
       FROM jobs JOIN results ON job = id WHERE ${HERE} GROUP BY kind`,
      guildId,
      guildId,
      userId,
    );
    for (const { kind, count, seconds } of rows) {
      sum[kind] = count;
      sum.seconds += seconds;
    }
    return sum;
  }
}
