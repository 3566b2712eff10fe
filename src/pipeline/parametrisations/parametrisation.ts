/** What an optimiser moves, and the image that it makes. */
import { fromColours, gradientByColours, toColours } from './decorrelated-colours.js';
import {
  clamp,
  emptyPlanes,
  resizeBilinear,
  resizeBilinearTransposed,
  type Planes,
} from '../image/planes.js';

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
    clamp(this.levels[0].data);
  }

  gradients(byImage: Planes): readonly Planes[] {
    return [byImage];
  }
}

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
      k === 0 ? fromColours(picture) : emptyPlanes(3, Math.ceil(width / 2 ** k), Math.ceil(height / 2 ** k)),
    );
    this.#image = this.#compose();
  }

  get image(): Planes {
    return this.#image;
  }

  update(): void {
    this.#image = this.#compose();
  }

  gradients(byImage: Planes): readonly Planes[] {
    const gradients = [gradientByColours(this.#image, byImage)];
    for (const level of this.levels.slice(1))
      gradients.push(resizeBilinearTransposed(gradients.at(-1)!, level.width, level.height));
    return gradients;
  }

  #compose(): Planes {
    return toColours(
      this.levels.reduceRight((coarse, level) => {
        const up = resizeBilinear(coarse, level.width, level.height);
        for (let i = 0; i < up.data.length; i++) up.data[i]! += level.data[i]!;
        return up;
      }),
    );
  }
}
