import { emptySheet, NUMBER_SIZE } from '../image/contact-sheet.js';
import type { Planes } from '../image/planes.js';
import type { PreparedSheet } from '../prepared-run.js';
import { Painter } from './painter.js';
import type { PaintContext, PictureSource, Step } from './run-context.js';

/** One pass of swift for each cell of a sheet. The cells are numbered from 1. */
export async function* sheet(
  context: PaintContext,
  { cells, cell }: PreparedSheet,
): AsyncGenerator<Step, Planes> {
  const pictures = remembering(context.pictures);
  const numbers = cells.map((_, i) => String(i + 1));
  const drawn = await emptySheet(numbers, cell, NUMBER_SIZE);
  for (const [i, pass] of cells.entries()) {
    const painter = await Painter.open({ ...context, pictures }, pass);
    drawn.fill(i, await painter.paint());
    yield { scale: i + 1, losses: {}, image: drawn.image };
  }
  return drawn.image;
}

/** Decodes a picture once for each size: the same content goes into many cells. */
function remembering(source: PictureSource): PictureSource {
  const known = new Map<string, Promise<Planes>>();
  return {
    ...source,
    at(picture, width, height) {
      const key = [picture, width, height].join();
      const planes = known.get(key) ?? source.at(picture, width, height);
      known.set(key, planes);
      return planes;
    },
  };
}
