import { randomUUID } from 'node:crypto';
import type { PictureFile } from '../commands/options.js';
import { refusal } from '../commands/refusals.js';
import { steadyNow } from './steady.js';

/** How long a modal may stay open, and how many pictures wait for one. */
const OPEN_MS = 15 * 60_000;
const OPEN_MOST = 1000;

/**
 * Pictures whose modal is open. A modal says nothing of the message it was opened on, and without the message
 * content intent that message cannot be read again.
 */
export class OpenModals {
  readonly #pictures = new Map<string, { picture: PictureFile; until: number }>();

  remember(picture: PictureFile, now = steadyNow()): string {
    for (const [id, { until }] of this.#pictures)
      if (until < now || this.#pictures.size >= OPEN_MOST) this.#pictures.delete(id);
    const id = randomUUID();
    this.#pictures.set(id, { picture, until: now + OPEN_MS });
    return id;
  }

  /** Throws `nothing-to-show` where the modal was open for too long, or over a restart. */
  take(id: string): PictureFile {
    const found = this.#pictures.get(id);
    this.#pictures.delete(id);
    if (!found) throw refusal('nothing-to-show', 'gone');
    return found.picture;
  }
}
