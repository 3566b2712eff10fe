import { ReverieError } from '../../errors.js';
import type { EncodedImage, Raster } from '../pictures.js';
import { encodePng } from '../image/encode.js';
import { escapeXml, FONT, rasterise } from '../image/svg.js';

const PICTURES_MAX = 8;
const WIDTH_MAX = 2000;
/** In pixels of the strip. */
const CELL = { longest: 320, gap: 12, caption: 40, text: 20 };

export interface Captioned {
  readonly image: Raster;
  readonly caption: string;
}

/**
 * Up to eight pictures side by side, each above its caption, in the shape of the last one; evenly picked where there are
 * more. At most 2000 pixels wide.
 */
export async function strip(pictures: readonly Captioned[]): Promise<EncodedImage> {
  const last = pictures.at(-1);
  if (!last) throw new ReverieError('nothing-to-show', 'There are no pictures to put side by side.');
  const shown = evenly(pictures, PICTURES_MAX);
  const room = WIDTH_MAX / shown.length - CELL.gap * 2;
  const factor = Math.min(
    CELL.longest / Math.max(last.image.width, last.image.height),
    room / last.image.width,
  );
  const wide = Math.max(1, Math.round(last.image.width * factor));
  const high = Math.max(1, Math.round(last.image.height * factor));
  const width = CELL.gap + shown.length * (wide + CELL.gap);
  const height = CELL.gap + high + CELL.caption;
  const cells = await Promise.all(
    shown.map(async ({ image, caption }, i) => {
      const x = CELL.gap + i * (wide + CELL.gap);
      const png = Buffer.from(await encodePng(image)).toString('base64');
      const middle = x + wide / 2;
      return (
        `<image x="${x}" y="${CELL.gap}" width="${wide}" height="${high}" preserveAspectRatio="none" ` +
        `href="data:image/png;base64,${png}"/>` +
        `<text x="${middle}" y="${height - 13}" text-anchor="middle">${escapeXml(caption)}</text>`
      );
    }),
  );
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<rect width="100%" height="100%" fill="#1e1f22"/>` +
    `<g font-family="${FONT}" font-size="${CELL.text}" fill="#dbdee1">${cells.join('')}</g></svg>`;
  return { bytes: await rasterise(svg, width, height), format: 'png', width, height };
}

/** At most `count`, the first and the last among them. */
function evenly<T>(all: readonly T[], count: number): readonly T[] {
  if (all.length <= count) return all;
  return Array.from({ length: count }, (_, i) => all[Math.round((i * (all.length - 1)) / (count - 1))]!);
}
