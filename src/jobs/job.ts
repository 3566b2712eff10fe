import type { ErrorCode, ReverieError } from '../errors.js';
import type { Frame, PreparedRequest, RenderResult } from '../pipeline/renderer.js';

/** While a job is `delivering`, its result is being sent, or the reason why there is none. */
export type JobState = 'queued' | 'running' | 'delivering' | 'completed' | 'failed' | 'cancelled';

/** The final state of a job without a result. */
export const endOf = (code: ErrorCode): JobState => (code === 'aborted' ? 'cancelled' : 'failed');

/**
 * What the queue needs to know of a job.
 *
 * @property id the job's id, if it is stored under one already
 * @property lane jobs of a lane take turns with those of others: a guild, or a user in direct messages
 */
export interface JobSpec {
  readonly id?: string;
  readonly lane: string;
  readonly userId: string;
  readonly prepared: PreparedRequest;
}

export interface Job extends JobSpec {
  readonly id: string;
  readonly state: JobState;
  readonly createdAt: Date;
  /** When it started to render, as if a background job had not been interrupted. */
  readonly startedAt?: Date;
}

/** Where the queue records each change of a job's state, before any observer is called. */
export interface JobJournal {
  recordState(id: string, state: JobState, code?: ErrorCode): void;
}

/** Follows a job. The next job renders while `onDone` and `onFailed` are awaited. */
export interface JobObserver {
  /** The position in the rendering order has changed: 1 is next. Only while the job waits. */
  readonly onPosition?: (job: Job, position: number) => void;
  readonly onStart?: (job: Job) => void;
  readonly onFrame?: (job: Job, frame: Frame) => void;
  readonly onDone?: (job: Job, result: RenderResult) => void | Promise<void>;
  /** Failed, cancelled (`aborted`) or out of time (`timed-out`). */
  readonly onFailed?: (job: Job, error: ReverieError) => void | Promise<void>;
  /** The process stops before the job is over: the next one resumes it. */
  readonly onSuspended?: (job: Job) => void | Promise<void>;
}

/** Whether a job only renders while no other one waits, and makes way for it. */
export const isBackground = ({ prepared }: Pick<JobSpec, 'prepared'>): boolean =>
  prepared.run.plan.kind === 'teach';

/** The lane of a guild, or of a user in direct messages. */
export function laneOf(guildId: string | null, userId: string): string {
  return guildId ?? `dm:${userId}`;
}
