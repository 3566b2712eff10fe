/** The stars that members give, and the gallery and the statistics of a guild or of one member's direct messages. */
import type { GalleryRepository } from '../jobs/member-repositories.js';
import type { Plan } from '../pipeline/renderer.js';
import { storedJob, type JobRow } from './job-rows.js';
import { toPromise, type Sql } from './sql.js';

/** Every job of a guild; in direct messages, where the guild is null, the jobs of one member. */
const HERE = '(guild_id = ? OR (? IS NULL AND guild_id IS NULL AND jobs.user_id = ?))';

export const createGallery = (sql: Sql): GalleryRepository => ({
  star(id, userId, given) {
    return toPromise(() =>
      sql.transaction(() => {
        if (given)
          sql.run(
            'INSERT OR IGNORE INTO stars (job, user_id) SELECT id, ? FROM jobs WHERE id = ?',
            userId,
            id,
          );
        else sql.run('DELETE FROM stars WHERE job = ? AND user_id = ?', id, userId);
        return sql.one<{ count: number }>('SELECT count(*) AS count FROM stars WHERE job = ?', id)!.count;
      }),
    );
  },

  hasStarred(id, userId) {
    return toPromise(
      () => sql.one('SELECT 1 FROM stars WHERE job = ? AND user_id = ?', id, userId) !== undefined,
    );
  },

  claimStarboard(id) {
    return toPromise(() => sql.run('UPDATE jobs SET exhibited = 1 WHERE id = ? AND exhibited = 0', id) > 0);
  },

  gallery(guildId, userId) {
    return toPromise(() =>
      sql
        .all<JobRow & { stars: number }>(
          `SELECT jobs.*, count(*) AS stars FROM jobs JOIN results ON results.job = id JOIN stars ON stars.job = id
           WHERE ${HERE} AND withdrawn = 0 GROUP BY id ORDER BY stars DESC, number`,
          guildId,
          guildId,
          userId,
        )
        .map((row) => ({ job: storedJob(row), stars: row.stars })),
    );
  },

  stats(guildId, userId) {
    return toPromise(() => {
      const sum = { dream: 0, style: 0, visualise: 0, sheet: 0, seconds: 0 };
      const rows = sql.all<{ kind: Exclude<Plan['kind'], 'teach'>; count: number; seconds: number }>(
        `SELECT facts ->> '$.plan.kind' AS kind, count(*) AS count, sum(seconds) AS seconds
         FROM jobs JOIN results ON job = id WHERE ${HERE} AND kind <> 'teach' GROUP BY kind`,
        guildId,
        guildId,
        userId,
      );
      for (const { kind, count, seconds } of rows) {
        sum[kind] = count;
        sum.seconds += seconds;
      }
      return sum;
    });
  },
});
