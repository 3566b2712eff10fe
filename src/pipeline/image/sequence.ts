/** Animations as files. */
import sharp from 'sharp';
import type { Animation, Raster } from '../pictures.js';

const FRAME_MS = 100;
const LAST_MS = 1500;

/** A picture that grows: its stages for 100 ms each, the last one for 1.5 s, and again. */
export const heldAtEnd = (frames: readonly Raster[]): Animation => ({
  frames,
  delays: frames.map((_, i) => (i === frames.length - 1 ? LAST_MS : FRAME_MS)),
  loop: 0,
});

/** Neither a delay nor a number of plays can be written if it is larger. */
const UINT16_MAX = 0xffff;

/** A higher effort would take many times as long for a few per cent of the bytes. */
const ENCODERS = {
  webp: { fine: { quality: 82, effort: 3 }, coarse: { quality: 60, effort: 3 } },
  gif: { fine: { colours: 256, effort: 3 }, coarse: { colours: 64, effort: 3 } },
} as const;

/** Frames of any sizes as an animated WebP or GIF of `width` × `height` pixels. */
export async function encodeSequence(
  { frames, delays, loop }: Animation,
  {
    width,
    height,
    format,
    quality,
  }: {
    readonly width: number;
    readonly height: number;
    readonly format: 'webp' | 'gif';
    readonly quality: 'fine' | 'coarse';
  },
): Promise<Uint8Array> {
  const pages = await Promise.all(
    frames.map((frame) =>
      sharp(frame.data, { raw: { width: frame.width, height: frame.height, channels: 3 } })
        .resize(width, height, { fit: 'fill' })
        .raw()
        .toBuffer(),
    ),
  );
  const raw = { width, height: height * pages.length, channels: 3, pageHeight: height } as const;
  const animation = sharp(Buffer.concat(pages), { raw, limitInputPixels: false });
  const timing = {
    loop: Math.min(loop, UINT16_MAX),
    delay: delays.map((delay) => Math.min(delay, UINT16_MAX)),
  };
  return (
    format === 'gif'
      ? animation.gif({ ...timing, ...ENCODERS.gif[quality] })
      : animation.webp({ ...timing, ...ENCODERS.webp[quality] })
  ).toBuffer();
}
