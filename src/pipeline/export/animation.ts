import { ReverieError } from '../../errors.js';
import type { EncodedImage, Raster } from '../pictures.js';
import { encodeSequence } from '../image/sequence.js';

const FRAME_MS = 100;
/** The last picture stays longer. */
const LAST_MS = 1500;
const SIDE_MIN = 16;

/**
 * An animated WebP or GIF as large as the last picture, or as large as fits into `maxBytes`.
 * @throws ReverieError `render-failed` where not even a longest side of 16 pixels fits
 */
export async function animate(
  pictures: readonly Raster[],
  { maxBytes, format = 'webp' }: { readonly maxBytes: number; readonly format?: 'webp' | 'gif' },
): Promise<EncodedImage> {
  const last = pictures.at(-1);
  if (!last) throw new ReverieError('nothing-to-show', 'There are no pictures to animate.');
  const delays = pictures.map((picture) => (picture === last ? LAST_MS : FRAME_MS));
  const longest = Math.max(last.width, last.height);
  for (let factor = 1; factor * longest >= SIDE_MIN;) {
    const width = Math.max(1, Math.round(last.width * factor));
    const height = Math.max(1, Math.round(last.height * factor));
    const bytes = await encodeSequence(pictures, { width, height, delays, format });
    if (bytes.byteLength <= maxBytes) return { bytes, format, width, height };
    // The number of bytes grows about as the number of pixels does.
    factor *= Math.min(0.9, 0.95 * Math.sqrt(maxBytes / bytes.byteLength));
  }
  throw new ReverieError('render-failed', 'The animation is too large to upload here.', {
    details: { reason: 'does-not-fit', maxBytes },
  });
}
