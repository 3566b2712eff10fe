import sharp from 'sharp';
import type { Raster } from '../contract.js';

/** Pictures of any sizes as an animated WebP of `width` × `height` pixels that repeats for ever. */
export async function encodeSequence(
  pictures: readonly Raster[],
  { width, height, delays }: { width: number; height: number; delays: readonly number[] },
): Promise<Uint8Array> {
  const pages = await Promise.all(
    pictures.map((picture) =>
      sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 3 } })
        .resize(width, height, { fit: 'fill' })
        .raw()
        .toBuffer(),
    ),
  );
  const raw = { width, height: height * pages.length, channels: 3, pageHeight: height } as const;
  return sharp(Buffer.concat(pages), { raw, limitInputPixels: false })
    .webp({ quality: 82, effort: 3, loop: 0, delay: [...delays] })
    .toBuffer();
}
