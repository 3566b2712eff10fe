import type { EncodedImage } from '../pipeline/pictures.js';
import type { Plan, Trace } from '../pipeline/renderer.js';
import type { RenderRequestInput } from '../pipeline/requests.js';
import { toReverieError, type ErrorCode } from '../errors.js';
import type { JobJournal, JobState } from './job.js';
import type { MessageLocation } from './message-repository.js';
import type { Field, Remark } from './render-command.js';

/** A job as the bot remembers it, with what its views need; its request, whose pictures lie on disk, is asked for apart. */
export interface JobRecord {
  readonly id: string;
  readonly userId: string;
  readonly guildId: string | null;
  readonly channelId: string;
  /** The language of the person who asked, as Discord names it. */
  readonly locale: string;
  /** What this interaction may upload, in bytes. */
  readonly uploadLimit: number;
  readonly ageRestricted: boolean;
  readonly spoiler: boolean;
  readonly createdAt: Date;
  readonly plan: Plan;
  /** Whether it was made from somebody's picture. */
  readonly fromPicture: boolean;
  readonly fields: readonly Field[];
  /** What the styles are called, in their order. */
  readonly styles: readonly string[];
  readonly remarks?: readonly Remark[];
  /** The job whose result this one goes on from. */
  readonly parent?: string;
  /** What was done to the parent, where a button or a reaction did it. */
  readonly action?: string;
  /** A moderator deleted its message: it is shown to nobody any more. */
  readonly withdrawn?: boolean;
  /** Absent until the answer is posted. */
  readonly message?: MessageLocation;
}

export interface NewJob extends JobRecord {
  /** With its pictures' bytes. */
  readonly request: RenderRequestInput;
}

/** The picture that a result is made from, where there is one. */
export const pictureOf = (request: RenderRequestInput): Uint8Array | undefined =>
  request.kind === 'style' ? request.content : request.image;

/** A job that the last process left before its end. */
export interface UnfinishedJob extends JobRecord {
  readonly state: JobState;
  readonly changedAt: Date;
  /** Why there is no picture, where that is what was to be said. */
  readonly code?: ErrorCode;
  /** How often it was cut off while it rendered. */
  readonly attempts: number;
}

/** For `catch`: undefined where a job's pictures are lost (`nothing-to-show`), which affects no other job. */
export function undefinedIfGone(thrown: unknown): undefined {
  if (toReverieError(thrown).code !== 'nothing-to-show') throw thrown;
}

export interface StoredResult {
  /** The file that was delivered. */
  readonly image: EncodedImage;
  readonly trace: Trace;
  /** Intermediate pictures side by side. */
  readonly growth?: EncodedImage;
}

/** What the bot remembers beyond the queue. */
export interface JobRepository extends JobJournal {
  create(job: NewJob): Promise<void>;
  /** Where the job's message is. False when the job is no longer kept. */
  setMessage(id: string, message: MessageLocation): Promise<boolean>;
  saveResult(id: string, result: StoredResult): Promise<void>;
  /** What the last process left undone, oldest first. */
  unfinished(): Promise<readonly UnfinishedJob[]>;
  /** Forgets a job, its pictures and its stars. */
  remove(id: string): Promise<void>;
  /** The same, and its messages and their copies are unwanted from now on: returns them. */
  discard(id: string): Promise<readonly MessageLocation[]>;
  hide(id: string): Promise<void>;
  /** Shows a job to nobody any more. Copies in its guild are unwanted from now on: returns them. */
  withdraw(id: string): Promise<readonly MessageLocation[]>;

  job(id: string): Promise<JobRecord | undefined>;
  /** What was asked for, with its pictures. Throws `nothing-to-show` where they are gone or changed on disk. */
  request(id: string): Promise<RenderRequestInput>;
  /** What was delivered, once there is one. Throws `nothing-to-show` as `request` does. */
  result(id: string): Promise<StoredResult | undefined>;
  /** The job that this person has waiting or rendering already, from the same result by the same action. */
  openJob(userId: string, parent: string, action: string): Promise<JobRecord | undefined>;
  /** The job that a message shows, its own or a copy. */
  byMessage(messageId: string): Promise<JobRecord | undefined>;
  /** Plans of the latest finished jobs and the seconds they took, oldest first. */
  history(limit: number): readonly { readonly plan: Plan; readonly seconds: number }[];
  /** Finished jobs of one person, newest first. */
  finishedOf(userId: string, limit: number): Promise<readonly JobRecord[]>;
}
