/** Small pictures in a grid, each with its caption. */
import { decode } from './decode.js';
import { paste, toPlanes, type Planes } from './planes.js';
import { FONT, rasterise } from './svg.js';

export interface Cell {
  readonly picture: Planes;
  readonly caption: string;
}

const GAP = 4;
const CAPTION = 18;

/** Columns and size in pixels of a sheet of `count` cells, as close to square as possible. */
export function sheetSize(count: number, cell: { readonly width: number; readonly height: number }) {
  const columns = Math.min(
    count,
    Math.round(Math.sqrt((count * (cell.height + CAPTION + GAP)) / (cell.width + GAP))),
  );
  return {
    columns,
    width: columns * (cell.width + GAP) + GAP,
    height: Math.ceil(count / columns) * (cell.height + CAPTION + GAP) + GAP,
  };
}

/** @param count cells of the whole sheet, some of which may still be missing; all are of one size */
export async function contactSheet(cells: readonly Cell[], count = cells.length): Promise<Planes> {
  const size = cells[0]!.picture;
  const { columns, width, height } = sheetSize(count, size);
  const corner = (i: number) => ({
    x: GAP + (i % columns) * (size.width + GAP),
    y: GAP + Math.floor(i / columns) * (size.height + CAPTION + GAP),
  });
  const captions = cells.map(({ caption }, i) => {
    const { x, y } = corner(i);
    return `<text x="${x + size.width / 2}" y="${y + size.height + 13}">${caption}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#16161a"/><g font-family="${FONT}" font-size="12" fill="#d8d8de" text-anchor="middle">${captions.join('')}</g></svg>`;
  const sheet = toPlanes(await decode(await rasterise(svg, width, height), width, height));
  for (const [i, { picture }] of cells.entries()) {
    const { x, y } = corner(i);
    paste(sheet, picture, x, y);
  }
  return sheet;
}
