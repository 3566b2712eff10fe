import { createRequire } from 'node:module';
import sharp from 'sharp';

/** The font of all drawn text. It comes with the program, because a bare machine has none. */
export const FONT = 'DejaVu Sans';
const FONT_FILE = 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf';

let font: Promise<unknown> | undefined;

/** Drawing one text out of a font file makes the font known to everything this process draws later. */
const loadFont = (): Promise<unknown> =>
  (font ??= sharp({
    text: { text: 'x', font: FONT, fontfile: createRequire(import.meta.url).resolve(FONT_FILE) },
  }).toBuffer());

/** Draws an SVG document as a PNG file of exactly `width` × `height` pixels, without an alpha channel. */
export async function rasterise(svg: string, width: number, height: number): Promise<Uint8Array> {
  await loadFont();
  const png = await sharp(Buffer.from(svg), { unlimited: true })
    .resize(width, height, { fit: 'fill' })
    .removeAlpha()
    .png({ compressionLevel: 6 })
    .toBuffer();
  return new Uint8Array(png);
}

/** A text as the content of an SVG element. */
export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
