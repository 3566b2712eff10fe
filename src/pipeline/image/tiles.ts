/** Rectangular parts of a picture, in pixels, so that the memory of a step is bounded at any size. */

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a network is shown, and the part of it that counts: together the cores cover the picture once. */
export interface Tile extends Rectangle {
  readonly core: Rectangle;
}

/**
 * Overlapping tiles: each shows its surroundings, so that what it computes for its core is exact.
 * @param side the longest side of a core
 * @param halo how many pixels around its core a tile shows, except beyond the picture's edge
 * @param grid every inner boundary is a multiple of it, so that the strides of a network agree between tiles
 */
export function tiles(
  width: number,
  height: number,
  { side, halo, grid }: { readonly side: number; readonly halo: number; readonly grid: number },
): Tile[] {
  const cuts = (length: number): (readonly [number, number])[] => {
    const parts = Math.max(1, Math.ceil(length / side));
    const even = Math.ceil(length / parts / grid) * grid;
    const starts = Array.from({ length: parts }, (_, i) => i * even).filter((start) => start < length);
    return starts.map((start, i) => [start, starts[i + 1] ?? length]);
  };
  const margin = Math.ceil(halo / grid) * grid;
  const rows = cuts(height);
  return rows.flatMap(([top, bottom]) =>
    cuts(width).map(([left, right]) => {
      const x = Math.max(0, left - margin);
      const y = Math.max(0, top - margin);
      return {
        left: x,
        top: y,
        width: Math.min(width, right + margin) - x,
        height: Math.min(height, bottom + margin) - y,
        core: { left, top, width: right - left, height: bottom - top },
      };
    }),
  );
}

/** Rectangles side by side that cover a picture, nearly equal in size, no side longer than `longest`. */
export function mosaic(width: number, height: number, longest: number): Rectangle[] {
  const cuts = (side: number): (readonly [number, number])[] => {
    const count = Math.ceil(side / longest);
    const edge = (i: number) => Math.round((i * side) / count);
    return Array.from({ length: count }, (_, i) => [edge(i), edge(i + 1) - edge(i)]);
  };
  return cuts(height).flatMap(([top, h]) =>
    cuts(width).map(([left, w]) => ({ left, top, width: w, height: h })),
  );
}
