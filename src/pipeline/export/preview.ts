import { encodeLossy } from '../image/encode.js';
import type { EncodedImage, Raster } from '../pictures.js';

/** A small JPEG of an intermediate frame, longest side at most 512 pixels. */
export const preview = (picture: Raster): Promise<EncodedImage> =>
  encodeLossy(picture, { format: 'jpeg', quality: 80, longest: 512 });
