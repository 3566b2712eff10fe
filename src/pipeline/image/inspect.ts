/** Looks at picture files before they are decoded. Attachments are hostile until `inspect` has bounded them. */
import sharp, { type Metadata, type Sharp } from 'sharp';
import { ReverieError } from '../../errors.js';
import type { ImageInfo, PictureInfo, Timing } from '../pictures.js';
import { framesOfPng } from './apng.js';

/** More pixels than this are refused before any is decoded. */
export const PIXELS_MAX = 64e6;
export const SIDE_MAX = 16384;

const FORMATS = new Set(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif', 'heif']);

const unknownType = (cause?: unknown) =>
  new ReverieError(
    'image-unknown-type',
    'I couldn’t read that file as a picture. I can read PNG, JPEG, WebP, GIF, AVIF and TIFF.',
    {
      cause,
    },
  );

/** The error for a file that does not decode. */
export const broken = (cause: unknown) =>
  new ReverieError('image-broken', 'That picture is damaged or incomplete, so I couldn’t open it.', {
    cause,
  });

/** Refuses vector and script formats by their first bytes, before a decoder sees them. */
function sniff(bytes: Uint8Array): void {
  const ascii = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  const known =
    (bytes[0] === 0x89 && ascii(1, 4) === 'PNG') ||
    (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) ||
    (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') ||
    ascii(0, 4) === 'GIF8' ||
    (ascii(4, 8) === 'ftyp' && /avi[fs]/.test(ascii(8, 40))) ||
    ascii(0, 4) === 'II*\0' ||
    ascii(0, 4) === 'MM\0*';
  if (!known) throw unknownType();
}

const SAFELY = { limitInputPixels: PIXELS_MAX, failOn: 'error', sequentialRead: true } as const;

/** Opens so many frames from `page` on, by default the first, with the limits for hostile files. */
export const openSafely = (bytes: Uint8Array, pages = 1, page = 0): Sharp =>
  sharp(bytes, { ...SAFELY, pages, page });

/**
 * Reads the header only: format, size after EXIF rotation, frames. It bounds one frame; `selectFrames` bounds them all.
 * @param pixelsMax the operator's own bound, where it is stricter
 * @throws ReverieError `image-unknown-type`, `image-too-large`, `image-broken`
 */
export async function inspect(bytes: Uint8Array, pixelsMax = PIXELS_MAX): Promise<ImageInfo> {
  return (await header(bytes, pixelsMax)).info;
}

/** As `inspect`, and whether parts of the picture are transparent; a hole too small to be noticed does not count. */
export async function examine(bytes: Uint8Array, pixelsMax = PIXELS_MAX): Promise<PictureInfo> {
  const { info, hasAlpha } = await header(bytes, pixelsMax);
  return { ...info, transparent: hasAlpha && (await isTransparent(bytes)) };
}

async function header(
  bytes: Uint8Array,
  pixelsMax: number,
): Promise<{ readonly info: ImageInfo; readonly hasAlpha: boolean }> {
  sniff(bytes);
  const meta = await sharp(bytes, { limitInputPixels: false, pages: 1 })
    .metadata()
    .catch((cause: unknown) => {
      throw broken(cause);
    });
  if (!FORMATS.has(meta.format)) throw unknownType(meta.format);
  const frames = framesOf(bytes, meta);
  const animated = frames > 1 && (meta.format === 'gif' || meta.format === 'webp');
  // Browsers turn still pictures only.
  const turned = !animated && (meta.orientation ?? 1) >= 5;
  const width = turned ? meta.height : meta.width;
  const height = turned ? meta.width : meta.height;
  if (width * height > pixelsMax || Math.max(width, height) > SIDE_MAX)
    throw new ReverieError(
      'image-too-large',
      `That picture is ${width}×${height} pixels. I can handle up to ${pixelsMax / 1e6} megapixels and ${SIDE_MAX} pixels per side.`,
      { details: { width, height, megapixels: pixelsMax / 1e6, side: SIDE_MAX } },
    );
  return {
    info: { format: meta.format, width, height, frames, animated },
    hasAlpha: meta.hasAlpha,
  };
}

/** What the header of a GIF or WebP says of its frames: the delay of each in milliseconds, and the number of plays. */
export async function timingOf(bytes: Uint8Array): Promise<Timing> {
  const { delay = [], loop = 0 } = await openSafely(bytes).metadata();
  return { delays: delay, loop };
}

/** Further pages of a TIFF are other pictures, not frames of an animation. */
function framesOf(bytes: Uint8Array, { format, pages = 1 }: Metadata): number {
  if (format === 'png') return framesOfPng(bytes);
  return format === 'tiff' ? 1 : pages;
}

/** Longest side, in pixels, at which the alpha channel is examined. */
const ALPHA_SIDE = 256;

async function isTransparent(bytes: Uint8Array): Promise<boolean> {
  const rgba = await openSafely(bytes)
    .ensureAlpha()
    .toColourspace('srgb')
    .resize(ALPHA_SIDE, ALPHA_SIDE, { fit: 'inside', withoutEnlargement: true })
    .raw({ depth: 'uchar' })
    .toBuffer()
    .catch((cause: unknown) => {
      throw broken(cause);
    });
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at]! < 255) return true;
  return false;
}
