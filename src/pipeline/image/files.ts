/** Picture files in and out. Attachments are hostile until `inspect` has bounded them. */
import sharp, { type Metadata, type Sharp } from 'sharp';
import { ReverieError } from '../../errors.js';
import type { EncodedImage, ImageInfo, PictureInfo, Raster } from '../pictures.js';
import { framesOfPng, withoutMetadata } from './apng.js';

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

const broken = (cause: unknown) =>
  new ReverieError('image-broken', 'That picture is damaged or incomplete, so I couldn’t open it.', {
    cause,
  });

const doesNotFit = (maxBytes: number) =>
  new ReverieError('render-failed', 'The result is too large to upload here.', {
    details: { reason: 'does-not-fit', maxBytes },
  });

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

const SAFELY = { limitInputPixels: PIXELS_MAX, failOn: 'error', sequentialRead: true } as const;

const open = (bytes: Uint8Array): Sharp => sharp(bytes, { ...SAFELY, pages: 1 });

/** Header only: format, size after EXIF rotation, frames. */
export async function inspect(bytes: Uint8Array, pixelsMax = PIXELS_MAX): Promise<ImageInfo> {
  return (await header(bytes, pixelsMax)).info;
}

/** `inspect`, and whether parts of the picture are see-through. A hole too small to be noticed does not count. */
export async function examine(bytes: Uint8Array, pixelsMax = PIXELS_MAX): Promise<PictureInfo> {
  const { info, hasAlpha } = await header(bytes, pixelsMax);
  return { ...info, transparent: hasAlpha && (await isSeeThrough(bytes)) };
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
  const turned = (meta.orientation ?? 1) >= 5;
  const width = turned ? meta.height : meta.width;
  const height = turned ? meta.width : meta.height;
  if (width * height > pixelsMax || Math.max(width, height) > SIDE_MAX)
    throw new ReverieError(
      'image-too-large',
      `That picture is ${width}×${height} pixels. I can handle up to ${pixelsMax / 1e6} megapixels and ${SIDE_MAX} pixels per side.`,
      { details: { width, height, megapixels: pixelsMax / 1e6, side: SIDE_MAX } },
    );
  return {
    info: { format: meta.format, width, height, frames: framesOf(bytes, meta) },
    hasAlpha: meta.hasAlpha,
  };
}

/** Further pages of a TIFF are other pictures; they are no animation. */
function framesOf(bytes: Uint8Array, { format, pages = 1 }: Metadata): number {
  if (format === 'png') return framesOfPng(bytes);
  return format === 'tiff' ? 1 : pages;
}

/** Longest side of the picture whose transparency is looked at. */
const LOOK = 256;

async function isSeeThrough(bytes: Uint8Array): Promise<boolean> {
  const rgba = await open(bytes)
    .ensureAlpha()
    .toColourspace('srgb')
    .resize(LOOK, LOOK, { fit: 'inside', withoutEnlargement: true })
    .raw({ depth: 'uchar' })
    .toBuffer()
    .catch((cause: unknown) => {
      throw broken(cause);
    });
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at]! < 255) return true;
  return false;
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
  throw doesNotFit(maxBytes);
}

/** How a picture is written again in its own format: without loss, or with none that is seen. */
const AGAIN: Readonly<Record<EncodedImage['format'], (image: Sharp) => Sharp>> = {
  png: (image) => image.png(),
  jpeg: (image) => image.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }),
  webp: (image) => image.webp({ quality: 95, alphaQuality: 100 }),
  gif: (image) => image.gif(),
  tiff: (image) => image.tiff({ compression: 'lzw' }),
  // More effort takes minutes for a photograph.
  avif: (image) => image.avif({ quality: 80, effort: 2 }),
};

/** A picture file again in its own format: of EXIF, XMP, IPTC, profiles and comments nothing is left. */
export async function clean(bytes: Uint8Array, { maxBytes }: { maxBytes: number }): Promise<EncodedImage> {
  const { width, height, frames, ...info } = await inspect(bytes);
  const format = info.format === 'heif' ? 'avif' : (info.format as EncodedImage['format']);
  if (format === 'png' && frames > 1) {
    const stripped = withoutMetadata(bytes);
    if (stripped.byteLength <= maxBytes) return { bytes: stripped, format, width, height };
  }
  // All frames are in memory at once: of a long animation those are kept that one large picture would have room for.
  const pages =
    format === 'png' ? 1 : Math.max(1, Math.min(frames, Math.floor(PIXELS_MAX / (width * height))));
  // libvips turns no animation, and neither do browsers.
  const source = () => (pages > 1 ? sharp(bytes, { ...SAFELY, pages }) : open(bytes).autoOrient());
  try {
    for (let factor = 1; factor === 1 || factor * Math.max(width, height) >= 16;) {
      const scaled = (side: number) => Math.max(1, Math.round(side * factor));
      const image = factor === 1 ? source() : source().resize(scaled(width), scaled(height), { fit: 'fill' });
      const { data, info: of } = await AGAIN[format](image).toBuffer({ resolveWithObject: true });
      if (data.byteLength <= maxBytes)
        return { bytes: data, format, width: of.width, height: of.pageHeight ?? of.height };
      // Bytes grow about as pixels do.
      factor *= Math.min(0.9, 0.95 * Math.sqrt(maxBytes / data.byteLength));
    }
  } catch (cause) {
    throw broken(cause);
  }
  throw doesNotFit(maxBytes);
}
