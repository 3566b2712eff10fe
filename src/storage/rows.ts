/** A job as the database holds it, and as others are told of it. Its pictures stand in its request by their hashes. */
import { pictureOf, type JobRecord, type UnfinishedJob } from '../jobs/job-repository.js';
import type { MessageLocation } from '../jobs/message-repository.js';
import type { ErrorCode } from '../errors.js';
import type { JobState } from '../jobs/job.js';
import type { RenderRequestInput } from '../pipeline/requests.js';

/** A job with what became of it. */
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
  readonly request: string;
}

/** What no statement looks into. */
export type Facts = Pick<
  JobRecord,
  'locale' | 'uploadLimit' | 'ageRestricted' | 'plan' | 'fields' | 'styles' | 'remarks' | 'parent' | 'action'
>;

export const factsOf = (job: Facts): Facts => {
  const { locale, uploadLimit, ageRestricted, plan, fields, styles, remarks, parent, action } = job;
  return {
    ...{ locale, uploadLimit, ageRestricted, plan, fields, styles },
    ...(remarks ? { remarks } : {}),
    ...(parent ? { parent } : {}),
    ...(action ? { action } : {}),
  };
};

/** A job as JSON may tell it. */
export const told = (row: JobRow) => ({
  id: row.id,
  guild: row.guild_id,
  channel: row.channel_id,
  state: row.state,
  createdAt: new Date(row.created_at).toISOString(),
  message: row.message === null ? null : (JSON.parse(row.message) as unknown),
  ...(JSON.parse(row.facts) as Facts),
  request: JSON.parse(row.request) as unknown,
});

export const storedJob = (row: JobRow): StoredJob => ({
  ...(JSON.parse(row.facts) as Facts),
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
