/** Cuts pictures into pieces, so that the memory of a step is bounded at any size. */
import { emptyPlanes, type Planes } from './planes.js';

export interface MosaicTile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Cuts a side into equal pieces of at most `longest`. */
function cuts(side: number, longest: number): { from: number; length: number }[] {
  const count = Math.ceil(side / longest);
  const edge = (i: number) => Math.round((i * side) / count);
  return Array.from({ length: count }, (_, i) => ({ from: edge(i), length: edge(i + 1) - edge(i) }));
}

/** Tiles side by side that cover a picture, no side over `longest`. */
export const tilesOf = (width: number, height: number, longest: number): MosaicTile[] =>
  cuts(height, longest).flatMap((row) =>
    cuts(width, longest).map((column) => ({
      x: column.from,
      y: row.from,
      width: column.length,
      height: row.length,
    })),
  );

export function cutWrapped(picture: Planes, { x, y, width, height }: MosaicTile): Planes {
  const piece = emptyPlanes(picture.channels, width, height);
  for (let c = 0; c < picture.channels; c++)
    for (let row = 0; row < height; row++) {
      const from = (c * picture.height + y + row) * picture.width + x;
      piece.data.set(picture.data.subarray(from, from + width), (c * height + row) * width);
    }
  return piece;
}

/** Puts a piece, given as its values, back into a picture. */
export function paste(picture: Planes, { x, y, width, height }: MosaicTile, piece: Float32Array): void {
  for (let c = 0; c < picture.channels; c++)
    for (let row = 0; row < height; row++) {
      const from = (c * height + row) * width;
      picture.data.set(
        piece.subarray(from, from + width),
        (c * picture.height + y + row) * picture.width + x,
      );
    }
}
