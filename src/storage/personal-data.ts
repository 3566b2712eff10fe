/** Everything that is stored about one member: `/privacy view` and `/privacy delete`. */
import type { PersonalDataRepository } from '../jobs/member-repositories.js';
import { exportedJob, type JobRow } from './job-rows.js';
import { copiesFor, discardCopiesFor, discardMessagesOfJobs } from './messages.js';
import { exportedForms } from './open-forms.js';
import type { Pictures } from './pictures.js';
import { toPromise, type Sql } from './sql.js';

export const createPersonalData = (sql: Sql, pictures: Pictures): PersonalDataRepository => ({
  exportOf(userId) {
    return toPromise(() => ({
      jobs: sql.all<JobRow>('SELECT * FROM jobs WHERE user_id = ? ORDER BY number', userId).map(exportedJob),
      stars: sql
        .all<{ job: string }>('SELECT job FROM stars WHERE user_id = ?', userId)
        .map(({ job }) => job),
      copies: copiesFor(sql, userId),
      style: sql.one('SELECT title, hash FROM own_styles WHERE user_id = ?', userId) ?? null,
      forms: exportedForms(sql, userId),
    }));
  },

  deleteOf(userId) {
    return toPromise(() => {
      const discarded = sql.transaction(() => {
        const messages = [
          ...discardMessagesOfJobs(sql, 'jobs.user_id = ?', userId),
          ...discardCopiesFor(sql, userId),
        ];
        for (const table of ['jobs', 'stars', 'own_styles', 'open_forms'])
          sql.run(`DELETE FROM ${table} WHERE user_id = ?`, userId);
        return messages;
      });
      pictures.deleteUnused();
      return discarded;
    });
  },
});
