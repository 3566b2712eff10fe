/** Picture files that fit an upload limit. */
import { ReverieError } from '../../errors.js';
import { withoutMetadata } from '../image/apng.js';
import { encodeLossy, encodePng, reencode } from '../image/encode.js';
import { inspect, PIXELS_MAX } from '../image/inspect.js';
import type { EncodedImage, Raster } from '../pictures.js';

/** In bytes. */
export interface UploadLimit {
  readonly maxBytes: number;
}

/** Longest side, in pixels, under which a picture is not made smaller. */
const SIDE_MIN = 16;

const doesNotFit = (maxBytes: number) =>
  new ReverieError('render-failed', 'The result is too large to upload here.', {
    details: { reason: 'does-not-fit', maxBytes },
  });

/**
 * The best file of at most `maxBytes`: PNG, else WebP, else JPEG, else a smaller JPEG.
 * @throws ReverieError `render-failed` where none fits
 */
export async function encodeToFit(picture: Raster, { maxBytes }: UploadLimit): Promise<EncodedImage> {
  const { width, height } = picture;
  const png = await encodePng(picture, 9);
  if (png.byteLength <= maxBytes) return { bytes: png, format: 'png', width, height };
  for (const [format, quality] of [
    ['webp', 92],
    ['jpeg', 88],
  ] as const) {
    const file = await encodeLossy(picture, { format, quality });
    if (file.bytes.byteLength <= maxBytes) return file;
  }
  for (let side = Math.max(width, height) / Math.SQRT2; side >= SIDE_MIN; side /= Math.SQRT2) {
    const file = await encodeLossy(picture, { format: 'jpeg', quality: 85, longest: Math.round(side) });
    if (file.bytes.byteLength <= maxBytes) return file;
  }
  throw doesNotFit(maxBytes);
}

/**
 * The picture of a file without its metadata (EXIF, XMP, IPTC, profiles, comments): upright, in sRGB, in its own format,
 * with its transparency and its frames. Made smaller only where it does not fit `maxBytes`.
 * @throws ReverieError `image-broken`, and `render-failed` where nothing fits
 */
export async function removeMetadata(bytes: Uint8Array, { maxBytes }: UploadLimit): Promise<EncodedImage> {
  const { width, height, frames, ...info } = await inspect(bytes);
  const format = info.format === 'heif' ? 'avif' : (info.format as EncodedImage['format']);
  if (format === 'png' && frames > 1) {
    const stripped = withoutMetadata(bytes);
    if (stripped.byteLength <= maxBytes) return { bytes: stripped, format, width, height };
  }
  // All frames are in memory at once: a long animation keeps as many as one large picture would take memory for.
  const pages =
    format === 'png' ? 1 : Math.max(1, Math.min(frames, Math.floor(PIXELS_MAX / (width * height))));
  for (let factor = 1; factor === 1 || factor * Math.max(width, height) >= SIDE_MIN;) {
    const scaled = (side: number) => Math.max(1, Math.round(side * factor));
    const size = factor === 1 ? {} : { size: { width: scaled(width), height: scaled(height) } };
    const file = await reencode(bytes, { format, pages, ...size });
    if (file.bytes.byteLength <= maxBytes) return file;
    // The number of bytes grows about as the number of pixels does.
    factor *= Math.min(0.9, 0.95 * Math.sqrt(maxBytes / file.bytes.byteLength));
  }
  throw doesNotFit(maxBytes);
}
