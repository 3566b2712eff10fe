import type { Engine, Executable } from '../engines/engine.js';
import {
  add,
  crop,
  input,
  mean,
  multiply,
  edgePad,
  scale,
  subtract,
  type Margins,
  type Tensor,
} from '../graph/graph.js';
import type { Planes } from '../image/planes.js';

const centre: Margins = { top: 1, left: 1, bottom: 1, right: 1 };

const take = (x: Tensor, margins: Partial<Margins>): Tensor =>
  crop(x, { top: 0, left: 0, bottom: 0, right: 0, ...margins });

/**
 * Total variation over nine points: squared differences to the left, upwards and along both diagonals of the picture
 * with its border repeated, 2·[mean dx²/3 + mean dy²/3 + mean of each diagonal's/12].
 * @param image [1, 3, H, W] in [0,1]
 */
export function totalVariation(image: Tensor): Tensor {
  const x = edgePad(image);
  const difference = (a: Partial<Margins>, b: Partial<Margins>, weight: number): Tensor => {
    const d = subtract(take(x, a), take(x, b));
    return scale(mean(multiply(d, d)), 2 * weight);
  };
  return [
    difference(centre, { ...centre, left: 0, right: 2 }, 1 / 3),
    difference(centre, { ...centre, top: 0, bottom: 2 }, 1 / 3),
    difference({ top: 1, left: 1 }, { bottom: 1, right: 1 }, 1 / 12),
    difference({ top: 1, right: 1 }, { bottom: 1, left: 1 }, 1 / 12),
  ].reduce(add);
}

/** Total variation and its gradient, for any picture. */
export class Variation {
  private constructor(private readonly program: Executable) {}

  static async compile(engine: Engine): Promise<Variation> {
    const image = input('image', [1, 3, 'height', 'width']);
    const value = totalVariation(image);
    const program = { outputs: { value }, gradient: { of: value, by: { gradient: image } } };
    return new Variation(await engine.compile(program));
  }

  async evaluate({ data, width, height }: Planes): Promise<{ value: number; gradient: Float32Array }> {
    const { value, gradient } = await this.program.run({ image: { data, shape: [1, 3, height, width] } });
    return { value: value!.data[0]!, gradient: gradient!.data };
  }

  dispose(): Promise<void> {
    return this.program.dispose();
  }
}
