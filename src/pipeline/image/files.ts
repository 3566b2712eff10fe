/** Picture files in and out. Attachments are hostile until `inspect` has bounded them. */
import sharp, { type Sharp } from 'sharp';
import { ReverieError } from '../../errors.js';
import type { EncodedImage, ImageInfo, Raster } from '../contract.js';

/** More pixels than this are refused before any is decoded. */
export const PIXELS_MAX = 64e6;
export const SIDE_MAX = 16384;

const FORMATS = new Set(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif', 'heif']);

const unknownType = (cause?: unknown) =>
  new ReverieError(
    'image-unknown-type',
    'I could not read that file as a picture; PNG, JPEG, WebP, GIF, AVIF and TIFF work.',
    {
      cause,
    },
  );

const broken = (cause: unknown) =>
  new ReverieError('image-broken', 'That picture is damaged or cut off, so I could not open it.', { cause });

/** Vector and script formats are decided by their first bytes, before a decoder sees them. */
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

const open = (bytes: Uint8Array): Sharp =>
  sharp(bytes, { limitInputPixels: PIXELS_MAX, failOn: 'error', pages: 1, sequentialRead: true });

/** Header only: format and size after EXIF rotation. */
export async function inspect(bytes: Uint8Array, pixelsMax = PIXELS_MAX): Promise<ImageInfo> {
  sniff(bytes);
  const meta = await sharp(bytes, { limitInputPixels: false, pages: 1 })
    .metadata()
    .catch((cause: unknown) => {
      throw broken(cause);
    });
  if (!FORMATS.has(meta.format)) throw unknownType(meta.format);
  const turned = (meta.orientation ?? 1) >= 5;
  const width = turned ? meta.height : meta.width;
  const height = turned ? meta.width : meta.height;
  if (width * height > pixelsMax || Math.max(width, height) > SIDE_MAX)
    throw new ReverieError(
      'image-too-large',
      `That picture has ${width}×${height} pixels; I take up to ${pixelsMax / 1e6} megapixels and ${SIDE_MAX} pixels a side.`,
      { details: { width, height, megapixels: pixelsMax / 1e6, side: SIDE_MAX } },
    );
  return { format: meta.format, width, height };
}

/** Upright 8-bit sRGB pixels of the first frame at the given size; transparency lies on white. */
export async function decode(bytes: Uint8Array, width: number, height: number): Promise<Raster> {
  await inspect(bytes);
  try {
    const data = await open(bytes)
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (data.info.channels !== 3) throw new Error(`${data.info.channels} channels after decoding`);
    return { width, height, data: new Uint8Array(data.data) };
  } catch (cause) {
    throw broken(cause);
  }
}

const pixels = ({ data, width, height }: Raster): Sharp =>
  sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });

export async function encodePng(picture: Raster): Promise<Uint8Array> {
  return pixels(picture).png({ compressionLevel: 7 }).toBuffer();
}

/** A small JPEG of an intermediate frame. */
export async function preview(picture: Raster): Promise<EncodedImage> {
  const { data, info } = await pixels(picture)
    .resize(512, 512, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer({ resolveWithObject: true });
  return { bytes: data, format: 'jpeg', width: info.width, height: info.height };
}

/** The finest file of at most `maxBytes`: PNG, else WebP, else JPEG, else smaller. */
export async function encode(picture: Raster, { maxBytes }: { maxBytes: number }): Promise<EncodedImage> {
  const { width, height } = picture;
  const attempts: readonly [EncodedImage['format'], (image: Sharp) => Sharp][] = [
    ['png', (image) => image.png({ compressionLevel: 9 })],
    ['webp', (image) => image.webp({ quality: 92 })],
    ['jpeg', (image) => image.jpeg({ quality: 88 })],
  ];
  for (const [format, write] of attempts) {
    const bytes = await write(pixels(picture)).toBuffer();
    if (bytes.byteLength <= maxBytes) return { bytes, format, width, height };
  }
  for (let side = Math.max(width, height) / Math.SQRT2; side >= 16; side /= Math.SQRT2) {
    const { data, info } = await pixels(picture)
      .resize(Math.round(side), Math.round(side), { fit: 'inside' })
      .jpeg({ quality: 85 })
      .toBuffer({ resolveWithObject: true });
    if (data.byteLength <= maxBytes)
      return { bytes: data, format: 'jpeg', width: info.width, height: info.height };
  }
  throw new ReverieError('render-failed', 'The result does not fit the upload limit here.', {
    details: { reason: 'does-not-fit', maxBytes },
  });
}

/** A picture file again, decoded and encoded: of EXIF, XMP, IPTC, profiles and comments nothing is left. */
export async function clean(bytes: Uint8Array, limit: { maxBytes: number }): Promise<EncodedImage> {
  const { width, height } = await inspect(bytes);
  return encode(await decode(bytes, width, height), limit);
}
