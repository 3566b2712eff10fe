/** What is kept for members beside their jobs: styles of their own, modals that they have open, stars. */
import type { JobRecord } from './job-repository.js';
import type { MessageLocation } from './message-repository.js';

/** A person's own style. */
export interface OwnStyle {
  readonly title: string;
  readonly image: Uint8Array<ArrayBuffer>;
  /** It came hidden, so what is painted with it is hidden too. */
  readonly spoiler: boolean;
}

export interface StyleRepository {
  ownStyle(userId: string): Promise<OwnStyle | undefined>;
  saveOwnStyle(userId: string, style: OwnStyle): Promise<void>;
}

/** A picture on Discord's servers, such as an attachment, and what is needed to download it. */
export interface PictureFile {
  readonly url: string;
  readonly name: string;
  /** In bytes; 0 if Discord does not say. */
  readonly size: number;
  readonly spoiler: boolean;
}

/** Whether a picture is shown behind a spoiler. */
export const isHidden = ({ name, spoiler }: Pick<PictureFile, 'name' | 'spoiler'>): boolean =>
  spoiler || name.startsWith('SPOILER_');

/** A modal that somebody has open, and the pictures it is about: those that the message shows. */
export interface OpenForm {
  readonly id: string;
  readonly userId: string;
  readonly pictures: readonly PictureFile[];
}

export interface FormRepository {
  saveForm(form: OpenForm): Promise<void>;
  /** Found only by the member who opened it, and for one day. */
  form(id: string, userId: string): Promise<OpenForm | undefined>;
}

export interface GalleryEntry {
  readonly job: JobRecord;
  readonly stars: number;
}

export interface Stats {
  readonly dream: number;
  readonly style: number;
  readonly visualise: number;
  readonly sheet: number;
  readonly seconds: number;
}

export interface GalleryRepository {
  /** Gives or takes back a star; returns the number of stars after that. */
  star(id: string, userId: string, given: boolean): Promise<number>;
  hasStarred(id: string, userId: string): Promise<boolean>;
  /** True for the first caller only: a picture goes to the starboard once. */
  claimStarboard(id: string): Promise<boolean>;
  /** Starred results of a guild (or, null, of one member's direct messages), most stars first. */
  gallery(guildId: string | null, userId: string): Promise<readonly GalleryEntry[]>;
  stats(guildId: string | null, userId: string): Promise<Stats>;
}

export interface PersonalDataRepository {
  /** Everything that is kept about a member, ready for JSON; pictures by their sizes. */
  exportOf(userId: string): Promise<unknown>;
  /**
   * Deletes all of it. Messages with the member's pictures, and copies made for the member, are marked for deletion
   * and returned.
   */
  deleteOf(userId: string): Promise<readonly MessageLocation[]>;
}
