import { emptyPlanes, type Planes } from '../image/planes.js';

/** The mean's half-life is about seven steps. */
const DECAY = 0.9;

/** Exponentially weighted mean of an optimiser's iterates, bias-corrected like Adam's moments. */
export class RunningMean {
  readonly #sum: Planes;
  #weight = 0;

  constructor(width: number, height: number) {
    this.#sum = emptyPlanes(3, width, height);
  }

  /** Adds a picture and returns the mean so far. */
  add({ data }: Planes): Planes {
    const sum = this.#sum.data;
    this.#weight = DECAY * this.#weight + 1 - DECAY;
    const mean = { ...this.#sum, data: new Float32Array(data.length) };
    for (let i = 0; i < data.length; i++) {
      sum[i] = DECAY * sum[i]! + (1 - DECAY) * data[i]!;
      mean.data[i] = sum[i]! / this.#weight;
    }
    return mean;
  }
}
