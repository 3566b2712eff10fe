import type { EncodedImage } from '../pipeline/pictures.js';
import type { Plan, Trace } from '../pipeline/renderer.js';
import type { NetworkName, RenderRequestInput } from '../pipeline/requests.js';
import type { ErrorCode } from '../errors.js';
import type { JobState } from './job.js';
import type { JobJournal } from './journal.js';
import type { PictureFile } from './picture-file.js';
import type { Field, Remark } from './render-command.js';

/** Where a message is. `guildId` is null in direct messages. */
export interface MessageLocation {
  readonly guildId: string | null;
  readonly channelId: string;
  readonly messageId: string;
}

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

/** Another message that shows a result, beside the one that it was made in. */
export interface MessageCopy extends MessageLocation {
  /** For whom it was made; null where it is for everyone. */
  readonly userId: string | null;
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

export interface StoredResult {
  /** The file that was delivered. */
  readonly image: EncodedImage;
  readonly trace: Trace;
  /** Intermediate pictures side by side. */
  readonly growth?: EncodedImage;
}

export interface GuildSettings {
  /** Where the bot may be used; none: everywhere. */
  readonly channels: readonly string[];
  /** Who may use it; none: everyone. */
  readonly roles: readonly string[];
  readonly blocked: readonly string[];
  readonly forbiddenNetworks: readonly NetworkName[];
  readonly size?: number;
  readonly perUser?: number;
  readonly perGuild?: number;
  /** Whether a picture is cancelled when its message is deleted. Otherwise it comes in a new one. */
  readonly stopDeleted: boolean;
  /** The preset taken when no style is named. */
  readonly style?: string;
  /** Where pictures with enough stars are shown. */
  readonly galleryChannel?: string;
  readonly stars: number;
  readonly spoilers: boolean;
  /** Whether the bot puts its reactions under its results. */
  readonly reactions: boolean;
}

export const DEFAULT_SETTINGS: GuildSettings = {
  channels: [],
  roles: [],
  blocked: [],
  forbiddenNetworks: [],
  stopDeleted: true,
  stars: 3,
  spoilers: false,
  reactions: false,
};

/** A person's own style. */
export interface OwnStyle {
  readonly title: string;
  readonly image: Uint8Array<ArrayBuffer>;
  /** It came hidden, so what is painted with it is hidden too. */
  readonly spoiler: boolean;
}

/** A modal that somebody has open, and the pictures it is about: those that the message shows. */
export interface OpenForm {
  readonly id: string;
  readonly userId: string;
  readonly pictures: readonly PictureFile[];
}

export interface GalleryEntry {
  readonly job: JobRecord;
  readonly stars: number;
}

export interface Stats {
  readonly dream: number;
  readonly style: number;
  readonly visualise: number;
  readonly seconds: number;
}

/** What the bot remembers beyond the queue. */
export interface JobRepository extends JobJournal {
  begin(job: NewJob): Promise<void>;
  /** Where the job's message is. False when the job is no longer kept. */
  placed(id: string, message: MessageLocation): Promise<boolean>;
  finished(id: string, result: StoredResult): Promise<void>;
  /** What the last process left undone, oldest first. */
  unfinished(): Promise<readonly UnfinishedJob[]>;
  /** Forgets a job, its pictures and its stars. */
  remove(id: string): Promise<void>;
  /** The same, and its messages and their copies are unwanted from now on: returns them. */
  discard(id: string): Promise<readonly MessageLocation[]>;
  hide(id: string): Promise<void>;
  /** Shows a job to nobody any more. Copies in its guild are unwanted from now on: returns them. */
  withdraw(id: string): Promise<readonly MessageLocation[]>;

  /** Another message shows the job. False when the job is no longer kept. */
  addCopy(id: string, copy: MessageCopy): Promise<boolean>;
  copiesOf(id: string): Promise<readonly MessageCopy[]>;
  /** A copy is unwanted from now on: returns it. */
  discardCopy(messageId: string): Promise<readonly MessageLocation[]>;
  /** Messages of the bot that are to be deleted. They are kept until that is done, also over a restart. */
  unwantedMessages(): Promise<readonly MessageLocation[]>;
  addUnwanted(message: MessageLocation): Promise<void>;
  /** It is deleted, or cannot be. */
  forgetUnwanted(messageId: string): Promise<void>;

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

  /** Gives or takes back a star; the number of stars there are then. */
  star(id: string, userId: string, given: boolean): Promise<number>;
  hasStarred(id: string, userId: string): Promise<boolean>;
  /** True for the first caller only: a picture goes into the gallery's channel once. */
  claimExhibit(id: string): Promise<boolean>;
  /** Starred results of a guild (or, null, of one person's direct messages), most stars first. */
  gallery(guildId: string | null, userId: string): Promise<readonly GalleryEntry[]>;
  stats(guildId: string | null, userId: string): Promise<Stats>;

  settings(guildId: string | null): Promise<GuildSettings>;
  saveSettings(guildId: string, settings: GuildSettings | undefined): Promise<void>;
  ownStyle(userId: string): Promise<OwnStyle | undefined>;
  saveOwnStyle(userId: string, style: OwnStyle): Promise<void>;

  saveForm(form: OpenForm): Promise<void>;
  /** For who opened it, for a day. */
  form(id: string, userId: string): Promise<OpenForm | undefined>;

  /** Everything about a person, pictures by their sizes, ready for JSON. */
  exportOf(userId: string): Promise<unknown>;
  /** Messages with the person's pictures, and copies made for the person, are unwanted from now on: returns them. */
  deleteOf(userId: string): Promise<readonly MessageLocation[]>;
}
