/** The frames of animated GIF and WebP files: which of them are used, and their pixels. */
import sharp from 'sharp';
import type { Raster, Timing } from '../pictures.js';
import { toPixels } from './decode.js';
import { broken, inspect, openSafely, PIXELS_MAX, timingOf } from './inspect.js';

/** Animations have at most so many frames. */
export const FRAMES_MAX = 120;
/** So many frames of a file are looked at, if together they have no more than `ANIMATION_PIXELS_MAX` pixels. */
const FRAMES_READ_MAX = 10 * FRAMES_MAX;
const ANIMATION_PIXELS_MAX = 2 * PIXELS_MAX;
/** Frames that are decoded at once have at most so many pixels, of 4 bytes each. */
const CHUNK_PIXELS_MAX = 32e6;

/** Browsers show a frame for 100 ms if its file says 10 ms or less. */
const DELAY_MIN = 10;
const DELAY_DEFAULT = 100;

/** Frames of a file, counted from 0 and in order, and how long each of them is shown. */
export interface FrameSelection extends Timing {
  readonly indices: readonly number[];
}

/**
 * The frames of an animated GIF or WebP that are used: all, or `count` evenly picked ones, which together are shown as
 * long as all. An animation of more than 1,200 frames or 128 megapixels (width × height × frames) is cut there first.
 * Decodes nothing. Undefined for a still picture; an animated PNG counts as one.
 * @throws ReverieError as `inspect`
 */
export async function selectFrames(
  bytes: Uint8Array,
  count = FRAMES_MAX,
): Promise<FrameSelection | undefined> {
  const { width, height, frames, animated } = await inspect(bytes);
  const read = Math.min(frames, FRAMES_READ_MAX, Math.floor(ANIMATION_PIXELS_MAX / (width * height)));
  if (!animated || read < 2) return undefined;
  const { delays, loop } = await timingOf(bytes);
  const shown = Array.from({ length: read }, (_, frame) => {
    const delay = delays[frame] ?? 0;
    return delay > DELAY_MIN ? delay : DELAY_DEFAULT;
  });
  return { ...thinOut(shown, count), loop };
}

/**
 * Picks `count` frames evenly, at least 2, the first and the last among them. Each is shown until the next one is.
 * @param delays of all frames
 */
export function thinOut(delays: readonly number[], count: number): Omit<FrameSelection, 'loop'> {
  const last = delays.length - 1;
  const picked = Math.min(count, delays.length);
  const indices = Array.from({ length: picked }, (_, i) => Math.round((i * last) / (picked - 1)));
  return {
    indices,
    delays: indices.map((from, i) =>
      delays.slice(from, indices[i + 1]).reduce((sum, delay) => sum + delay, 0),
    ),
  };
}

/**
 * Decodes frames of a GIF or WebP one after the other, each as the whole picture that is shown, to 8-bit sRGB pixels of
 * the given size on a white ground.
 * @param indices from `selectFrames`
 * @throws ReverieError as `inspect`; `image-broken` also later, at a damaged frame
 */
export async function* decodeFrames(
  bytes: Uint8Array,
  indices: readonly number[],
  width: number,
  height: number,
): AsyncGenerator<Raster, void> {
  const canvas = await inspect(bytes);
  const area = canvas.width * canvas.height;
  const perChunk = Math.max(1, Math.floor(CHUNK_PIXELS_MAX / area));
  for (let next = 0; next < indices.length;) {
    // To reach a frame all before it are decoded, so that many are taken at once.
    const first = indices[next]!;
    const chunk = indices.slice(next).filter((index) => index < first + perChunk);
    next += chunk.length;
    const pages = chunk.at(-1)! - first + 1;
    if (pages === 1) {
      yield await toPixels(openSafely(bytes, 1, first), width, height);
      continue;
    }
    const pixels = await openSafely(bytes, pages, first)
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer()
      .catch((cause: unknown) => {
        throw broken(cause);
      });
    for (const index of chunk) {
      // Resized one by one: sharp would blend the edges of neighbouring frames.
      const frame = pixels.subarray((index - first) * area * 4, (index - first + 1) * area * 4);
      const raw = { width: canvas.width, height: canvas.height, channels: 4 } as const;
      yield await toPixels(sharp(frame, { raw, limitInputPixels: false }), width, height);
    }
  }
}
