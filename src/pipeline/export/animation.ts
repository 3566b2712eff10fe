/** Animations as files that fit an upload limit. */
import { ReverieError } from '../../errors.js';
import { decodeFrames, selectFrames, thinOut } from '../image/frames.js';
import { encodeSequence } from '../image/sequence.js';
import type { Animation, EncodedImage, Raster } from '../pictures.js';
import type { UploadLimit } from './encode-to-fit.js';

export { heldAtEnd } from '../image/sequence.js';

/**
 * What is tried in turn: smaller pictures down to this longest side in pixels, then a lower quality, then fewer frames.
 * Frames are left out last, and never if there are no more than twelve.
 */
const STAGES = [
  { side: 256, quality: 'fine', share: 1 },
  { side: 256, quality: 'coarse', share: 1 },
  { side: 128, quality: 'coarse', share: 1 / 2 },
  { side: 16, quality: 'coarse', share: 1 / 4 },
] as const;
const FRAMES_KEPT = 12;

/**
 * An animated WebP or GIF as large as the last frame, or the best that fits into `maxBytes`: smaller, of lower quality,
 * or with fewer frames, but of the same duration.
 * @throws ReverieError `render-failed` where not even a longest side of 16 pixels fits
 */
export async function animate(
  animation: Animation,
  { maxBytes, format = 'webp' }: UploadLimit & { readonly format?: 'webp' | 'gif' },
): Promise<EncodedImage> {
  const last = animation.frames.at(-1);
  if (!last) throw new ReverieError('nothing-to-show', 'There are no pictures to animate.');
  const longest = Math.max(last.width, last.height);
  let factor = 1;
  for (const { side, quality, share } of STAGES) {
    const shown = withFewerFrames(animation, share);
    const smallest = Math.min(1, side / longest);
    for (;;) {
      const width = Math.max(1, Math.round(last.width * factor));
      const height = Math.max(1, Math.round(last.height * factor));
      const bytes = await encodeSequence(shown, { width, height, format, quality });
      if (bytes.byteLength <= maxBytes) return { bytes, format, width, height };
      if (factor <= smallest) break;
      // The number of bytes grows about as the number of pixels does.
      factor = Math.max(smallest, factor * Math.min(0.9, 0.95 * Math.sqrt(maxBytes / bytes.byteLength)));
    }
  }
  throw new ReverieError('render-failed', 'The animation is too large to upload here.', {
    details: { reason: 'does-not-fit', maxBytes },
  });
}

function withFewerFrames(animation: Animation, share: number): Animation {
  const count = Math.max(FRAMES_KEPT, Math.ceil(animation.frames.length * share));
  const { indices, delays } = thinOut(animation.delays, count);
  return { ...animation, frames: indices.map((index) => animation.frames[index]!), delays };
}

/**
 * An animated GIF or WebP again, as `animate` makes it fit. Its transparent areas become white.
 * @throws ReverieError `image-broken`, and as `animate`
 */
export async function animateAgain(
  { bytes, format, width, height }: EncodedImage,
  limit: UploadLimit,
): Promise<EncodedImage> {
  const selection = await selectFrames(bytes);
  const frames: Raster[] = [];
  for await (const frame of decodeFrames(bytes, selection?.indices ?? [0], width, height)) frames.push(frame);
  const { delays = [0], loop = 0 } = selection ?? {};
  return animate({ frames, delays, loop }, { ...limit, format: format === 'gif' ? 'gif' : 'webp' });
}
