import type { Raster } from '../pictures.js';
import { broken, inspect, openSafely } from './inspect.js';

/**
 * Decodes a picture file to upright 8-bit sRGB pixels of the first frame, resized to the given size, on a white ground.
 * @throws ReverieError as `inspect`
 */
export async function decode(bytes: Uint8Array, width: number, height: number): Promise<Raster> {
  await inspect(bytes);
  try {
    const data = await openSafely(bytes)
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
