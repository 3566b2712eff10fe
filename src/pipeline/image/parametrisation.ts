/** What an optimiser moves, and the image that it makes. */
import { inverse, Matrix } from 'ml-matrix';
import { emptyPlanes, resizeBilinear, resizeBilinearTransposed, type Planes } from './planes.js';

export interface Parametrisation {
  /** The parameters, in planes. */
  readonly levels: readonly Planes[];
  /** RGB planes in [0,1], as of the last `update`. */
  readonly image: Planes;
  /** To be called after the levels have changed. */
  update(): void;
  /** The gradient by each level, from the gradient by the image. */
  gradients(byImage: Planes): readonly Planes[];
}

/** The pixels themselves, kept in [0,1]. */
export class PixelImage implements Parametrisation {
  readonly levels: readonly [Planes];

  constructor(picture: Planes) {
    this.levels = [{ ...picture, data: picture.data.slice() }];
  }

  get image(): Planes {
    return this.levels[0];
  }

  update(): void {
    const { data } = this.levels[0];
    for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, data[i]!));
  }

  gradients(byImage: Planes): readonly Planes[] {
    return [byImage];
  }
}

/** Lucid's colour correlations of natural images, divided by the largest column norm; rows are R, G, B. */
const CORRELATION: readonly (readonly number[])[] = [
  [0.26, 0.09, 0.02],
  [0.27, 0, -0.05],
  [0.27, -0.09, 0.03],
];
const LARGEST = Math.hypot(0.26, 0.27, 0.27);
const COLOUR = CORRELATION.flatMap((row) => row.map((value) => value / LARGEST));
const INVERSE = inverse(Matrix.from1DArray(3, 3, COLOUR)).to1DArray();

const LEVELS = 6;

/**
 * An image as the sigmoid of a sum of coarse-to-fine levels in decorrelated colours. Low frequencies get their due,
 * so an optimiser draws bold clean strokes where single pixels would give noise (after the Fourier parametrisation
 * of Lucid, Olah et al. 2017, without its transform).
 */
export class PyramidImage implements Parametrisation {
  /** Finest first. */
  readonly levels: readonly Planes[];
  #image: Planes;

  /** Starts as the picture given: RGB planes in [0,1]. */
  constructor(picture: Planes) {
    const { width, height } = picture;
    this.levels = Array.from({ length: LEVELS }, (_, k) =>
      k === 0 ? decorrelate(picture) : emptyPlanes(3, Math.ceil(width / 2 ** k), Math.ceil(height / 2 ** k)),
    );
    this.#image = this.#compose();
  }

  get image(): Planes {
    return this.#image;
  }

  update(): void {
    this.#image = this.#compose();
  }

  gradients({ data, width, height }: Planes): readonly Planes[] {
    const area = width * height;
    const image = this.#image.data;
    const finest = emptyPlanes(3, width, height);
    for (let p = 0; p < area; p++) {
      const r = image[p]!;
      const g = image[area + p]!;
      const b = image[2 * area + p]!;
      const dr = data[p]! * r * (1 - r);
      const dg = data[area + p]! * g * (1 - g);
      const db = data[2 * area + p]! * b * (1 - b);
      for (let c = 0; c < 3; c++)
        finest.data[c * area + p] = COLOUR[c]! * dr + COLOUR[3 + c]! * dg + COLOUR[6 + c]! * db;
    }
    const gradients = [finest];
    for (const level of this.levels.slice(1))
      gradients.push(resizeBilinearTransposed(gradients.at(-1)!, level.width, level.height));
    return gradients;
  }

  #compose(): Planes {
    const sum = this.levels.reduceRight((coarse, level) => {
      const up = resizeBilinear(coarse, level.width, level.height);
      for (let i = 0; i < up.data.length; i++) up.data[i]! += level.data[i]!;
      return up;
    });
    const { data, width, height } = sum;
    const area = width * height;
    const image = emptyPlanes(3, width, height);
    for (let c = 0; c < 3; c++) {
      const [x, y, z] = [COLOUR[c * 3]!, COLOUR[c * 3 + 1]!, COLOUR[c * 3 + 2]!];
      for (let p = 0; p < area; p++) {
        const value = x * data[p]! + y * data[area + p]! + z * data[2 * area + p]!;
        image.data[c * area + p] = 1 / (1 + Math.exp(-value));
      }
    }
    return image;
  }
}

/** The levels' values of a picture: inverse sigmoid, then inverse colour correlation. */
function decorrelate({ data, width, height }: Planes): Planes {
  const area = width * height;
  const target = emptyPlanes(3, width, height);
  // Pure black and white lie at infinity; two grey values inside, their gradient is still alive.
  const logit = (value: number) => {
    const v = Math.min(0.992, Math.max(0.008, value));
    return Math.log(v / (1 - v));
  };
  for (let p = 0; p < area; p++) {
    const r = logit(data[p]!);
    const g = logit(data[area + p]!);
    const b = logit(data[2 * area + p]!);
    for (let c = 0; c < 3; c++)
      target.data[c * area + p] = INVERSE[c * 3]! * r + INVERSE[c * 3 + 1]! * g + INVERSE[c * 3 + 2]! * b;
  }
  return target;
}
