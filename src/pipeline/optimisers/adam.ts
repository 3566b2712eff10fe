import { emptyPlanes, resizeBilinear, type Planes } from '../image/planes.js';
import type { Optimiser } from './optimiser.js';

/** Adam (Kingma and Ba 2015, algorithm 1) over several planes at once. */
export class Adam implements Optimiser {
  readonly #first: Planes[];
  readonly #second: Planes[];
  #step: number;

  /** @param before the optimiser of the previous scale, whose moments are resampled and whose step count is kept */
  constructor(
    private readonly parameters: readonly Planes[],
    private readonly options: { readonly rate: number; readonly betas: readonly [number, number] },
    before?: Adam,
  ) {
    const moments = (of: Planes[] | undefined): Planes[] =>
      parameters.map(({ channels, width, height }, i) =>
        of ? resizeBilinear(of[i]!, width, height) : emptyPlanes(channels, width, height),
      );
    this.#first = moments(before && before.#first);
    this.#second = moments(before && before.#second);
    this.#step = before ? before.#step : 0;
  }

  /** The moments, first and second; `resume` takes copies of them. */
  get moments(): readonly Float32Array[] {
    return [...this.#first, ...this.#second].map(({ data }) => data);
  }

  /** Goes on where another one was after so many steps. */
  resume(moments: readonly Float32Array[], step: number): void {
    this.moments.forEach((own, i) => {
      own.set(moments[i]!);
    });
    this.#step = step;
  }

  step(gradients: readonly Planes[], _loss?: number, rateFactor = 1): void {
    const [b1, b2] = this.options.betas;
    this.#step++;
    const rate = (rateFactor * this.options.rate * Math.sqrt(1 - b2 ** this.#step)) / (1 - b1 ** this.#step);
    this.parameters.forEach(({ data }, k) => {
      const gradient = gradients[k]!.data;
      const m = this.#first[k]!.data;
      const v = this.#second[k]!.data;
      for (let i = 0; i < data.length; i++) {
        const g = gradient[i]!;
        m[i] = b1 * m[i]! + (1 - b1) * g;
        v[i] = b2 * v[i]! + (1 - b2) * g * g;
        data[i]! -= (rate * m[i]!) / (Math.sqrt(v[i]!) + 1e-12);
      }
    });
  }
}
