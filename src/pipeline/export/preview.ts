import { encodeLossy } from '../image/encode.js';
import type { EncodedImage, Raster } from '../pictures.js';
import type { Size } from '../prepared-run.js';

/** Longest side in pixels. */
const LONGEST_MAX = 512;

/**
 * A small JPEG of an intermediate frame. Frames of coarse scales are as large as those of the result, so that the picture
 * keeps its size while it grows.
 * @param result the size of the result
 */
export function preview(picture: Raster, result: Size): Promise<EncodedImage> {
  const largest = Math.max(picture.width, picture.height, result.width, result.height);
  return encodeLossy(picture, {
    ...{ format: 'jpeg', quality: 80 },
    ...{ longest: Math.min(LONGEST_MAX, largest), enlarge: true },
  });
}
