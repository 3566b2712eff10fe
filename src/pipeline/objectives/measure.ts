import type { Executable, Values } from '../engines/engine.js';
import { input, sizeAt, type Shape, type Tensor } from '../graph/graph.js';
import { crop, emptyPlanes, type Planes } from '../image/planes.js';
import { tiles, type Tile } from '../image/tiles.js';
import type { RunContext } from '../recipes/run-context.js';
import { statistics } from './losses.js';
import { imageInput, valuesOf, type FeatureStatistics } from './style-terms.js';

/** The longest side of a tile's core, and what it shows around it: more than any style layer sees, VGG19's 78 pixels. */
export const TILING = { side: 480, halo: 80, grid: 16 } as const;

/**
 * How much of one layer's map each position of a tile counts, as T with T² adding up over the tiles: nothing outside
 * the core. Multiplied with a region's mask where there is one.
 */
export class TileMasks {
  readonly #whole: Planes | undefined;
  readonly #size: { readonly width: number; readonly height: number };
  readonly #stride: number;

  constructor(
    private readonly shape: Shape,
    private readonly picture: { readonly width: number; readonly height: number },
    region?: Planes,
  ) {
    this.#whole = region;
    this.#size = sizeOf(shape, picture);
    const far = 2 ** 20;
    this.#stride = Math.round(far / sizeOf(shape, { width: far, height: far }).width);
  }

  /** The tile's positions and where its core lies among them. */
  #place({ left, top, width, height, core }: Tile) {
    const size = sizeOf(this.shape, { width, height });
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

  /** 1 in the core, 0 around it. */
  core(tile: Tile): Planes {
    const { size, left, top, right, bottom } = this.#place(tile);
    const mask = emptyPlanes(1, size.width, size.height);
    for (let y = top; y < bottom; y++) mask.data.fill(1, y * size.width + left, y * size.width + right);
    return mask;
  }

  /** T, scaled so that a tile's means over its positions add up to the picture's. */
  of(tile: Tile): Planes {
    const mask = this.core(tile);
    const { x, y } = this.#place(tile);
    const share = Math.sqrt((mask.width * mask.height) / (this.#size.width * this.#size.height));
    const region =
      this.#whole && crop(this.#whole, { left: x, top: y, width: mask.width, height: mask.height });
    for (let i = 0; i < mask.data.length; i++) mask.data[i]! *= share * (region ? region.data[i]! : 1);
    return mask;
  }
}

export function sizeOf(
  [, , rows, columns]: Shape,
  { width, height }: { readonly width: number; readonly height: number },
): { width: number; height: number } {
  return { width: sizeAt(columns!, { width, height }), height: sizeAt(rows!, { width, height }) };
}

export const maskInput = (name: string, { shape: [batch, , height, width] }: Tensor): Tensor =>
  input(`mask ${name}`, [batch!, 1, height!, width!]);

/** Measures the statistics of layers, tile by tile, exactly as if the picture were seen whole. */
export class StatisticsProgram {
  private constructor(
    private readonly taps: ReadonlyMap<string, Tensor>,
    private readonly program: Executable,
  ) {}

  static async compile(context: RunContext, names: readonly string[]): Promise<StatisticsProgram> {
    const all = context.build(imageInput());
    const taps = new Map(names.map((name) => [name, all.get(name)!]));
    const outputs: Record<string, Tensor> = {};
    for (const [name, layer] of taps) {
      const { second, mean } = statistics(layer, maskInput(name, layer));
      outputs[`second ${name}`] = second;
      outputs[`mean ${name}`] = mean;
    }
    return new StatisticsProgram(taps, await context.engine.compile({ outputs }));
  }

  /** @param region the mask of a layer, at its size */
  async of(picture: Planes, region?: (tap: string) => Planes): Promise<Map<string, FeatureStatistics>> {
    const masks = new Map(
      [...this.taps].map(([name, { shape }]) => [name, new TileMasks(shape, picture, region?.(name))]),
    );
    const sums = new Map<string, Values>();
    for (const tile of tiles(picture.width, picture.height, TILING)) {
      const bindings: Record<string, Values> = { image: valuesOf(crop(picture, tile)) };
      for (const [name, mask] of masks) bindings[`mask ${name}`] = valuesOf(mask.of(tile));
      for (const [name, { data, shape }] of Object.entries(await this.program.run(bindings))) {
        const sum = sums.get(name);
        if (!sum) sums.set(name, { data: data.slice(), shape });
        else for (let i = 0; i < data.length; i++) sum.data[i]! += data[i]!;
      }
    }
    return new Map(
      [...this.taps.keys()].map((name) => [
        name,
        { second: sums.get(`second ${name}`)!, mean: sums.get(`mean ${name}`)! },
      ]),
    );
  }

  dispose(): Promise<void> {
    return this.program.dispose();
  }
}
