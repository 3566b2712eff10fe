import { emptyPlanes, resizeBilinear, type Planes } from '../image/planes.js';
import type { Optimiser } from './optimiser.js';

/**
 * Adam (Kingma and Ba 2015, algorithm 1) over several planes at once. From one scale of a pyramid to the next it goes
 * on with its moments, resampled.
 */
export class Adam implements Optimiser {
  readonly #first: Planes[];
  readonly #second: Planes[];
  #step: number;

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

  step(gradients: readonly Float32Array[], _loss?: number, pace = 1): void {
    const [b1, b2] = this.options.betas;
    this.#step++;
    const rate = (pace * this.options.rate * Math.sqrt(1 - b2 ** this.#step)) / (1 - b1 ** this.#step);
    this.parameters.forEach(({ data }, k) => {
      const gradient = gradients[k]!;
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
