/** What operators and metrics see of the jobs. */
import type { JobState } from '../jobs/job.js';
import { exportedJob, jobsInState, selectJobs, type JobRow, type StoredJob } from './job-rows.js';
import type { Sql } from './sql.js';

export interface JobOverview {
  /** The newest jobs first. */
  newest(limit: number): readonly StoredJob[];
  /** Jobs in any of these states, oldest first. */
  inState(states: readonly JobState[]): readonly StoredJob[];
  countByState(): Readonly<Partial<Record<JobState, number>>>;
  /** Everything that is stored about a job, ready for JSON; undefined when there is no such job. */
  record(id: string): unknown;
}

export const createJobOverview = (sql: Sql): JobOverview => ({
  newest: (limit) => selectJobs(sql, 'SELECT * FROM jobs ORDER BY number DESC LIMIT ?', limit),

  inState: (states) => jobsInState(sql, states),

  countByState() {
    const rows = sql.all<{ state: JobState; count: number }>(
      'SELECT state, count(*) AS count FROM jobs GROUP BY state',
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  },

  record(id) {
    const row = sql.one<JobRow>('SELECT * FROM jobs WHERE id = ?', id);
    return row && { ...exportedJob(row), user: row.user_id, code: row.code, attempts: row.attempts };
  },
});
