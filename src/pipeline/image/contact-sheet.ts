/** Small pictures in a grid, each with its caption. */
import type { Size } from '../prepared-run.js';
import { decode } from './decode.js';
import { paste, toPlanes, type Planes } from './planes.js';
import { FONT, rasterise } from './svg.js';

export interface Cell {
  readonly picture: Planes;
  readonly caption: string;
}

const GAP = 4;
/** Height of captions, in pixels. */
const CAPTION_SIZE = 12;
/** Height of captions that people choose by: readable where the sheet is shown much smaller. */
export const NUMBER_SIZE = 24;

const captionHeight = (fontSize: number): number => 1.5 * fontSize;

/** Columns and size in pixels of a sheet of `count` cells, as close to square as possible. */
export function sheetSize(count: number, cell: Size, fontSize = CAPTION_SIZE) {
  const rowHeight = cell.height + captionHeight(fontSize) + GAP;
  const columns = Math.min(count, Math.round(Math.sqrt((count * rowHeight) / (cell.width + GAP))) || 1);
  return {
    columns,
    width: columns * (cell.width + GAP) + GAP,
    height: Math.ceil(count / columns) * rowHeight + GAP,
  };
}

/** A sheet whose cells are filled one after the other. */
export interface ContactSheet {
  /** What it shows so far. */
  readonly image: Planes;
  /** Puts a picture, which may be smaller than the cell, into the middle of cell `index`. */
  fill(index: number, picture: Planes): void;
}

export async function emptySheet(
  captions: readonly string[],
  cell: Size,
  fontSize = CAPTION_SIZE,
): Promise<ContactSheet> {
  const { columns, width, height } = sheetSize(captions.length, cell, fontSize);
  const corner = (i: number) => ({
    x: GAP + (i % columns) * (cell.width + GAP),
    y: GAP + Math.floor(i / columns) * (cell.height + captionHeight(fontSize) + GAP),
  });
  const texts = captions.map((caption, i) => {
    const { x, y } = corner(i);
    return `<text x="${x + cell.width / 2}" y="${y + cell.height + fontSize + 1}">${caption}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#16161a"/><g font-family="${FONT}" font-size="${fontSize}" fill="#d8d8de" text-anchor="middle">${texts.join('')}</g></svg>`;
  const image = toPlanes(await decode(await rasterise(svg, width, height), width, height));
  return {
    image,
    fill(index, picture) {
      const { x, y } = corner(index);
      const left = x + Math.floor((cell.width - picture.width) / 2);
      paste(image, picture, left, y + Math.floor((cell.height - picture.height) / 2));
    },
  };
}

/** @param cells all of one size */
export async function contactSheet(cells: readonly Cell[]): Promise<Planes> {
  const sheet = await emptySheet(
    cells.map(({ caption }) => caption),
    cells[0]!.picture,
  );
  for (const [i, { picture }] of cells.entries()) sheet.fill(i, picture);
  return sheet.image;
}
