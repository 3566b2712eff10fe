import type { Sharp } from 'sharp';
import type { Raster } from '../pictures.js';
import { broken, inspect, openSafely } from './inspect.js';

/**
 * Decodes a picture file to upright 8-bit sRGB pixels of the first frame, resized to the given size, on a white ground.
 * @throws ReverieError as `inspect`
 */
export async function decode(bytes: Uint8Array, width: number, height: number): Promise<Raster> {
  const { animated } = await inspect(bytes);
  const image = openSafely(bytes);
  return toPixels(animated ? image : image.autoOrient(), width, height);
}

/** The 8-bit sRGB pixels of an opened picture at the given size, on a white ground. @throws ReverieError `image-broken` */
export async function toPixels(image: Sharp, width: number, height: number): Promise<Raster> {
  try {
    const data = await image
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
