import type { EncodedImage } from '../pipeline/pictures.js';
import type { Plan, Trace } from '../pipeline/renderer.js';
import type { RenderRequestInput } from '../pipeline/requests.js';
import { toReverieError, type ErrorCode } from '../errors.js';
import type { JobJournal, JobState } from './job.js';
import type { MessageLocation } from './message-repository.js';
import type { ChosenOptions, Field, Remark } from './render-command.js';

/** A job as it is stored, with what its message shows. Its request and result, with their pictures, are read separately. */
export interface JobRecord {
  readonly id: string;
  readonly userId: string;
  readonly guildId: string | null;
  readonly channelId: string;
  /** The requester's locale, as Discord names it. */
  readonly locale: string;
  /** Bytes that may be uploaded in answer to the interaction. */
  readonly uploadLimit: number;
  readonly ageRestricted: boolean;
  readonly spoiler: boolean;
  readonly createdAt: Date;
  readonly plan: Plan;
  /** Whether it was made from an attached picture, not from noise. */
  readonly fromPicture: boolean;
  readonly fields: readonly Field[];
  /** The titles of the styles, in their order. */
  readonly styles: readonly string[];
  readonly remarks?: readonly Remark[];
  /** The id of the job whose result this one is made from. */
  readonly parent?: string;
  /** The button or reaction on the parent's result that asked for this job, if any. */
  readonly action?: string;
  /** Of a sheet: the options of the pictures that are chosen from it. */
  readonly chosen?: ChosenOptions;
  /** A moderator deleted its message, so it is no longer shown. */
  readonly withdrawn?: boolean;
  /** Absent until the answer is posted. */
  readonly message?: MessageLocation;
}

export interface NewJob extends JobRecord {
  /** With the bytes of its pictures. */
  readonly request: RenderRequestInput;
}

/** The picture that a request changes; undefined if it starts from noise, or changes several. */
export function pictureOf(request: RenderRequestInput): Uint8Array | undefined {
  switch (request.kind) {
    case 'style':
      return request.content;
    case 'sheet':
      return request.contents.length === 1 ? request.contents[0] : undefined;
    case 'teach':
      return undefined;
    default:
      return request.image;
  }
}

/** A job that the last process did not finish. */
export interface UnfinishedJob extends JobRecord {
  readonly state: JobState;
  readonly changedAt: Date;
  /** Why there is no result, if the job has failed and that was about to be reported. */
  readonly code?: ErrorCode;
  /** How often it was interrupted while it rendered. */
  readonly attempts: number;
}

/** For `catch`: undefined if a job's pictures are lost (`nothing-to-show`), which affects no other job. */
export function undefinedIfGone(thrown: unknown): undefined {
  if (toReverieError(thrown).code !== 'nothing-to-show') throw thrown;
}

export interface StoredResult {
  /** The file that was delivered. */
  readonly image: EncodedImage;
  readonly trace: Trace;
  /** Intermediate pictures side by side, with their step numbers. */
  readonly growth?: EncodedImage;
}

export interface JobRepository extends JobJournal {
  /** Stores a new job, in state `queued`. */
  create(job: NewJob): Promise<void>;
  /** Records which message shows the job. False when the job is no longer stored. */
  setMessage(id: string, message: MessageLocation): Promise<boolean>;
  /** Stores the result. Replaces an earlier one. */
  saveResult(id: string, result: StoredResult): Promise<void>;
  /** Jobs that the last process did not finish, oldest first. */
  unfinished(): Promise<readonly UnfinishedJob[]>;
  /** Deletes a job with its pictures and stars. */
  remove(id: string): Promise<void>;
  /** The same, and marks its messages and copies for deletion. Returns them. */
  discard(id: string): Promise<readonly MessageLocation[]>;
  /** Marks a job as a spoiler. */
  hide(id: string): Promise<void>;
  /** Marks a job as withdrawn, and its copies in its guild for deletion. Returns those. */
  withdraw(id: string): Promise<readonly MessageLocation[]>;

  job(id: string): Promise<JobRecord | undefined>;
  /** The request with its pictures. Throws `nothing-to-show` if they are missing or damaged on disk. */
  request(id: string): Promise<RenderRequestInput>;
  /** The result, once there is one. Throws `nothing-to-show` as `request` does. */
  result(id: string): Promise<StoredResult | undefined>;
  /** The member's open job from the same result by the same action, if there is one. */
  openJob(userId: string, parent: string, action: string): Promise<JobRecord | undefined>;
  /** The job that a message shows, be it the job's own message or a copy. */
  byMessage(messageId: string): Promise<JobRecord | undefined>;
  /** Plans of the latest finished jobs and the seconds that they took, oldest first. */
  history(limit: number): readonly { readonly plan: Plan; readonly seconds: number }[];
  /** Finished jobs of a member, newest first. */
  finishedOf(userId: string, limit: number): Promise<readonly JobRecord[]>;
}
