import { refusal } from '../../commands/shared/refusals.js';
import { isTooLarge } from '../client/discord-errors.js';

/** How many smaller files are tried where Discord finds one too large. */
const TRIES = 3;

/**
 * Sends what fits into `maxBytes`, and less each time that Discord finds it too large all the same. Throws
 * `nothing-to-show` where nothing fits.
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
