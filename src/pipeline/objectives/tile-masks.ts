/** Which positions of a layer belong to a tile. */
import type { Shape } from '../graph/graph.js';
import { crop, emptyPlanes, type Planes } from '../image/planes.js';
import type { Tile } from '../image/tiles.js';
import { mapSize, type Size } from './pictures.js';

/**
 * The tiles of a picture that does not fit into memory, in pixels: the longest side of a tile's core, and what it shows
 * around its core. That is more than any style layer sees (78 pixels for VGG19).
 */
export const TILING = { side: 480, halo: 80, grid: 16 } as const;

/**
 * The masks of a layer's tiles, as T with T² adding up over the tiles. A tile's mask is 0 outside its core, and is
 * multiplied with the mask of a term's region, if there is one.
 */
export class TileMasks {
  readonly #size: Size;
  readonly #stride: number;

  /** @param region the mask of the whole picture, at the layer's size */
  constructor(
    private readonly shape: Shape,
    private readonly picture: Size,
    private readonly region?: Planes,
  ) {
    this.#size = mapSize(shape, picture);
    const far = 2 ** 20;
    this.#stride = Math.round(far / mapSize(shape, { width: far, height: far }).width);
  }

  /** The size of the tile's map, where its core lies in it, and where it lies in the picture's map. */
  #place({ left, top, width, height, core }: Tile) {
    const size = mapSize(this.shape, { width, height });
    const at = (from: number, origin: number) => Math.round((from - origin) / this.#stride);
    const end = (edge: number, whole: number, last: number, origin: number) =>
      edge === whole ? last : at(edge, origin);
    return {
      size,
      left: at(core.left, left),
      top: at(core.top, top),
      right: end(core.left + core.width, this.picture.width, size.width, left),
      bottom: end(core.top + core.height, this.picture.height, size.height, top),
      x: Math.round(left / this.#stride),
      y: Math.round(top / this.#stride),
    };
  }

  /** T, scaled so that the means over the tiles' positions add up to the mean over the picture's. */
  of(tile: Tile): Planes {
    const { size, left, top, right, bottom, x, y } = this.#place(tile);
    const mask = emptyPlanes(1, size.width, size.height);
    const share = Math.sqrt((size.width * size.height) / (this.#size.width * this.#size.height));
    for (let row = top; row < bottom; row++)
      mask.data.fill(share, row * size.width + left, row * size.width + right);
    if (!this.region) return mask;
    const region = crop(this.region, { left: x, top: y, ...size });
    for (let i = 0; i < mask.data.length; i++) mask.data[i]! *= region.data[i]!;
    return mask;
  }
}
