/** How an image is represented during optimisation: the parameters that change, and the image computed from them. */
import { fromColours, gradientByColours, toColours } from './decorrelated-colours.js';
import {
  clamp,
  emptyPlanes,
  resizeBilinear,
  resizeBilinearTransposed,
  type Planes,
} from '../image/planes.js';

export interface Parametrisation {
  /** The parameters, as planes. */
  readonly levels: readonly Planes[];
  /** RGB planes in [0,1], as of the last `update`. */
  readonly image: Planes;
  /** Recomputes the image. Must be called after the levels have changed. */
  update(): void;
  /** The gradient with respect to each level, from the gradient with respect to the image. */
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
 * An image as the sigmoid of a sum of coarse-to-fine levels in decorrelated colours. This gives low frequencies
 * more weight, so an optimiser draws bold, clean strokes where optimising the pixels would give noise (after the Fourier
 * parametrisation of Lucid, Olah et al. 2017, but without the transform).
 */
export class PyramidImage implements Parametrisation {
  /** Finest first. */
  readonly levels: readonly Planes[];
  #image: Planes;

  /** @param picture the initial image, RGB planes in [0,1] */
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
