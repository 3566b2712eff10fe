/** Pixels, or a picture file again, as a picture file. */
import sharp, { type Sharp } from 'sharp';
import type { EncodedImage, Raster } from '../pictures.js';
import { broken, openSafely } from './inspect.js';

const pixels = ({ data, width, height }: Raster): Sharp =>
  sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });

/** @param compressionLevel 0 to 9: smaller files, more slowly */
export async function encodePng(picture: Raster, compressionLevel = 7): Promise<Uint8Array> {
  return pixels(picture).png({ compressionLevel }).toBuffer();
}

/**
 * @param options.longest a larger picture is resized to this longest side, in pixels
 * @param options.enlarge whether a smaller picture is resized, too
 */
export async function encodeLossy(
  picture: Raster,
  {
    format,
    quality,
    longest = Infinity,
    enlarge = false,
  }: {
    readonly format: 'webp' | 'jpeg';
    readonly quality: number;
    readonly longest?: number;
    readonly enlarge?: boolean;
  },
): Promise<EncodedImage> {
  const side = Math.max(picture.width, picture.height);
  const fits = enlarge ? side === longest : side <= longest;
  const resized = fits ? pixels(picture) : pixels(picture).resize(longest, longest, { fit: 'inside' });
  const { data, info } = await resized[format]({ quality }).toBuffer({ resolveWithObject: true });
  return { bytes: data, format, width: info.width, height: info.height };
}

/** How a picture is written again in its own format: without loss, or with none that can be seen. */
const REENCODERS: Readonly<Record<EncodedImage['format'], (image: Sharp) => Sharp>> = {
  png: (image) => image.png(),
  jpeg: (image) => image.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }),
  webp: (image) => image.webp({ quality: 95, alphaQuality: 100 }),
  gif: (image) => image.gif(),
  tiff: (image) => image.tiff({ compression: 'lzw' }),
  // A higher effort takes minutes for a photograph.
  avif: (image) => image.avif({ quality: 80, effort: 2 }),
};

/**
 * Decodes a picture file and encodes it again in its own format, upright and without any metadata.
 * @param options.pages how many frames are kept
 * @param options.size the size of a frame, where it is resized
 * @throws ReverieError `image-broken`
 */
export async function reencode(
  bytes: Uint8Array,
  {
    format,
    pages,
    size,
  }: {
    readonly format: EncodedImage['format'];
    readonly pages: number;
    readonly size?: { readonly width: number; readonly height: number };
  },
): Promise<EncodedImage> {
  // libvips rotates no animation, and neither do browsers.
  const source = pages > 1 ? openSafely(bytes, pages) : openSafely(bytes).autoOrient();
  const image = size ? source.resize(size.width, size.height, { fit: 'fill' }) : source;
  try {
    const { data, info } = await REENCODERS[format](image).toBuffer({ resolveWithObject: true });
    return { bytes: data, format, width: info.width, height: info.pageHeight ?? info.height };
  } catch (cause) {
    throw broken(cause);
  }
}
