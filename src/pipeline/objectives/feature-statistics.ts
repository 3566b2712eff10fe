import type { Engine, Executable } from '../engines/engine.js';
import { input, type Tensor } from '../graph/graph.js';
import type { Planes } from '../image/planes.js';
import { tiles } from '../image/tiles.js';
import type { Encoder, Tap } from '../networks/encoder.js';
import { imageInput, imageValues } from './pictures.js';
import { momentsOf, type FeatureStatistics } from './style.js';
import { TileMasks, TILING } from './tile-masks.js';
import { addOver } from './tiles.js';

/** Measures the moments of layers' activations over a picture of any size, tile by tile. */
export class StatisticsProgram {
  private constructor(
    private readonly taps: readonly Tap[],
    private readonly program: Executable,
  ) {}

  /** @param names of the layers */
  static async compile(
    engine: Engine,
    encoder: Encoder,
    names: readonly string[],
  ): Promise<StatisticsProgram> {
    const activations = encoder.encode(imageInput());
    const taps = names.map((name) => encoder.tap(name));
    const outputs: Record<string, Tensor> = {};
    for (const { name, shape } of taps) {
      const [batch, , height, width] = shape;
      const mask = input(maskOf(name), [batch!, 1, height!, width!]);
      const { second, mean } = momentsOf(activations.get(name)!, mask);
      Object.assign(outputs, { [`second ${name}`]: second, [`mean ${name}`]: mean });
    }
    return new StatisticsProgram(taps, await engine.compile({ outputs }));
  }

  /** The statistics by layer. @param picture RGB in [0,1] */
  async of(picture: Planes): Promise<Map<string, FeatureStatistics>> {
    const masks = this.taps.map(({ name, shape }) => [name, new TileMasks(shape, picture)] as const);
    const list = tiles(picture.width, picture.height, TILING).map((tile) => ({
      tile,
      bindings: Object.fromEntries(masks.map(([name, mask]) => [maskOf(name), imageValues(mask.of(tile))])),
    }));
    const sums = await addOver(this.program, list, picture);
    return new Map(
      this.taps.map(({ name }) => [name, { second: sums[`second ${name}`]!, mean: sums[`mean ${name}`]! }]),
    );
  }

  dispose(): Promise<void> {
    return this.program.dispose();
  }
}

const maskOf = (tap: string): string => `mask of ${tap}`;
