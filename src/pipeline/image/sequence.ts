import sharp from 'sharp';
import type { Raster } from '../pictures.js';

/** Pictures of any sizes as an animated WebP or GIF of `width` × `height` pixels that repeats for ever. */
export async function encodeSequence(
  pictures: readonly Raster[],
  {
    width,
    height,
    delays,
    format,
  }: { width: number; height: number; delays: readonly number[]; format: 'webp' | 'gif' },
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
  const animation = sharp(Buffer.concat(pages), { raw, limitInputPixels: false });
  const timing = { loop: 0, delay: [...delays] };
  return (
    format === 'gif' ? animation.gif(timing) : animation.webp({ ...timing, quality: 82, effort: 3 })
  ).toBuffer();
}
