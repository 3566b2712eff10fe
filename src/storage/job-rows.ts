/** A row of the table `jobs`, and what is made of it. */
import { pictureOf, type JobRecord, type UnfinishedJob } from '../jobs/job-repository.js';
import type { MessageLocation } from '../jobs/message-repository.js';
import type { ErrorCode } from '../errors.js';
import type { JobState } from '../jobs/job.js';
import type { RenderRequestInput } from '../pipeline/requests.js';
import type { Sql, Value } from './sql.js';

/** A job and its state. */
export type StoredJob = UnfinishedJob;

export interface JobRow {
  readonly id: string;
  readonly user_id: string;
  readonly guild_id: string | null;
  readonly channel_id: string;
  readonly state: JobState;
  readonly attempts: number;
  readonly code: ErrorCode | null;
  readonly created_at: number;
  readonly changed_at: number;
  readonly spoiler: number;
  readonly message: string | null;
  readonly withdrawn: number;
  readonly facts: string;
  /** JSON in which pictures are replaced by their hashes. */
  readonly request: string;
}

/** The part of a job that the column `facts` holds as JSON. */
export type JobDetails = Pick<
  JobRecord,
  | 'locale'
  | 'uploadLimit'
  | 'ageRestricted'
  | 'plan'
  | 'fields'
  | 'styles'
  | 'remarks'
  | 'parent'
  | 'action'
  | 'chosen'
>;

export const jobDetails = (job: JobDetails): JobDetails => {
  const { locale, uploadLimit, ageRestricted, plan, fields, styles, remarks, parent, action, chosen } = job;
  return {
    ...{ locale, uploadLimit, ageRestricted, plan, fields, styles },
    ...(remarks ? { remarks } : {}),
    ...(parent ? { parent } : {}),
    ...(action ? { action } : {}),
    ...(chosen ? { chosen } : {}),
  };
};

export const storedJob = (row: JobRow): StoredJob => ({
  ...(JSON.parse(row.facts) as JobDetails),
  id: row.id,
  userId: row.user_id,
  guildId: row.guild_id,
  channelId: row.channel_id,
  state: row.state,
  attempts: row.attempts,
  createdAt: new Date(row.created_at),
  changedAt: new Date(row.changed_at),
  spoiler: row.spoiler === 1,
  fromPicture: pictureOf(JSON.parse(row.request) as RenderRequestInput) !== undefined,
  ...(row.code === null ? {} : { code: row.code }),
  ...(row.withdrawn === 1 ? { withdrawn: true } : {}),
  ...(row.message === null ? {} : { message: JSON.parse(row.message) as MessageLocation }),
});

export const selectJobs = (sql: Sql, query: string, ...values: Value[]): readonly StoredJob[] =>
  sql.all<JobRow>(query, ...values).map(storedJob);

/** Oldest first. */
export const jobsInState = (sql: Sql, states: readonly JobState[]): readonly StoredJob[] =>
  selectJobs(
    sql,
    `SELECT * FROM jobs WHERE state IN (${states.map(() => '?').join(', ')}) ORDER BY number`,
    ...states,
  );

/** A job as members and operators see it when they export it: ready for JSON, pictures by their hashes. */
export const exportedJob = (row: JobRow) => ({
  id: row.id,
  guild: row.guild_id,
  channel: row.channel_id,
  state: row.state,
  createdAt: new Date(row.created_at).toISOString(),
  message: row.message === null ? null : (JSON.parse(row.message) as unknown),
  ...(JSON.parse(row.facts) as JobDetails),
  request: JSON.parse(row.request) as unknown,
});
