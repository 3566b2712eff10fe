import type { ErrorCode, ReverieError } from '../errors.js';
import type { Frame, Plan, PreparedRequest, RenderResult } from '../pipeline/renderer.js';

/** While a job is `delivering`, its picture is on its way, or the sentence that says why there is none. */
export type JobState = 'queued' | 'running' | 'delivering' | 'completed' | 'failed' | 'cancelled';

/** How a job without a picture ends. */
export const endOf = (code: ErrorCode): JobState => (code === 'aborted' ? 'cancelled' : 'failed');

/**
 * What is asked of the queue.
 *
 * @property id the job's own, where it has one already: it was begun before, or is remembered under it
 * @property lane whose turn the job takes: the guild's id, or one lane per person in direct messages
 */
export interface JobSpec {
  readonly id?: string;
  readonly lane: string;
  readonly userId: string;
  readonly prepared: PreparedRequest;
  readonly plan: Plan;
}

export interface Job extends JobSpec {
  readonly id: string;
  readonly state: JobState;
  readonly createdAt: Date;
  /** Since when it renders. */
  readonly startedAt?: Date;
}

/** Where the queue records each change of a job's state, before any observer is called. */
export interface JobJournal {
  recordState(id: string, state: JobState, code?: ErrorCode): void;
}

/** Who is told what becomes of a job. `onDone` and `onFailed` may take their time: the next job renders meanwhile. */
export interface JobObserver {
  /** The place in the true rendering order changed: 1 is next. Only while the job waits. */
  readonly onPosition?: (job: Job, position: number) => void;
  readonly onStart?: (job: Job) => void;
  readonly onFrame?: (job: Job, frame: Frame) => void;
  readonly onDone?: (job: Job, result: RenderResult) => void | Promise<void>;
  /** Failed, cancelled (`aborted`) or out of time (`timed-out`). */
  readonly onFailed?: (job: Job, error: ReverieError) => void | Promise<void>;
  /** The process stops before the job is over: the next one takes it up again. */
  readonly onSuspended?: (job: Job) => void | Promise<void>;
}

/** The lane of a guild, or of one person where there is none. */
export function laneOf(guildId: string | null, userId: string): string {
  return guildId ?? `dm:${userId}`;
}
