import { refusal } from '../../errors.js';
import { isTooLarge } from '../client/discord-errors.js';

/** Bytes that every guild and direct message accepts, where Discord does not say how many it does. */
export const UPLOAD_LIMIT = 10 * 2 ** 20;

/** How many smaller files are tried if Discord refuses one as too large. */
const TRIES = 3;

/**
 * Calls `send` with `maxBytes`, and with half of that each time that Discord refuses the files as too large. Throws
 * `nothing-to-show` if it goes on refusing.
 */
export async function fitToUploadLimit<T>(
  maxBytes: number,
  send: (maxBytes: number) => Promise<T>,
): Promise<T> {
  for (let limit = maxBytes, left = TRIES; ; limit = Math.floor(limit / 2), left--)
    try {
      return await send(limit);
    } catch (thrown) {
      if (!isTooLarge(thrown)) throw thrown;
      if (left === 0) throw refusal('nothing-to-show', 'too-large');
    }
}
