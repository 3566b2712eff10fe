import { fromColours, gradientByColours, toColours } from './decorrelated-colours.js';
import { Hartley } from './hartley.js';
import type { Parametrisation } from './parametrisation.js';
import { crop, emptyPlanes, type Planes } from '../image/planes.js';

/** Lucid divides its image by this, which suits a learning rate of 0.05 with Adam. */
const CONTRAST = 4;

const canvasSide = (side: number): number => 2 ** Math.ceil(Math.log2(Math.max(2, side)));

/**
 * An image as the sigmoid of decorrelated colours whose Fourier coefficients are scaled by 1/f, as natural images' are
 * (Olah, Mordvintsev and Schubert, "Feature Visualization", Distill 2017). The coefficients are those of a canvas
 * whose sides are powers of two; the image is its upper left corner.
 */
export class FourierImage implements Parametrisation {
  readonly levels: readonly [Planes];
  readonly #hartley: Hartley;
  readonly #scales: Float32Array;
  readonly #size: { readonly width: number; readonly height: number };
  #image: Planes;

  /** @param picture the initial image, RGB planes in [0,1] */
  constructor(picture: Planes) {
    const { width, height } = picture;
    this.#size = { width, height };
    this.#hartley = new Hartley(canvasSide(width), canvasSide(height));
    this.#scales = scales(this.#hartley);
    const canvas = extended(fromColours(picture), this.#hartley);
    this.#hartley.transform(canvas.data);
    this.levels = [{ ...canvas, data: canvas.data.map((z, i) => z / this.#scale(i)) }];
    this.#image = this.#compose();
  }

  get image(): Planes {
    return this.#image;
  }

  update(): void {
    this.#image = this.#compose();
  }

  /** The transform is its own transpose. The gradient is zero outside the image. */
  gradients(byImage: Planes): readonly [Planes] {
    const own = gradientByColours(this.#image, byImage);
    const canvas = emptyPlanes(3, this.#hartley.width, this.#hartley.height);
    for (let row = 0; row < 3 * own.height; row++) {
      const [c, y] = [Math.floor(row / own.height), row % own.height];
      const line = own.data.subarray(row * own.width, (row + 1) * own.width);
      canvas.data.set(line, (c * canvas.height + y) * canvas.width);
    }
    this.#hartley.transform(canvas.data);
    for (let i = 0; i < canvas.data.length; i++) canvas.data[i]! *= this.#scale(i);
    return [canvas];
  }

  #compose(): Planes {
    const [coefficients] = this.levels;
    const canvas = { ...coefficients, data: coefficients.data.map((value, i) => value * this.#scale(i)) };
    this.#hartley.transform(canvas.data);
    return toColours(crop(canvas, { left: 0, top: 0, ...this.#size }));
  }

  #scale(i: number): number {
    return this.#scales[i % this.#scales.length]!;
  }
}

/** 1/(CONTRAST·f) for every coefficient, with f in cycles per pixel. The DC coefficient counts as the lowest frequency. */
function scales({ width, height }: Hartley): Float32Array {
  const frequency = (k: number, length: number) => Math.min(k, length - k) / length;
  const lowest = 1 / Math.max(width, height);
  return Float32Array.from({ length: width * height }, (_, i) => {
    const f = Math.hypot(frequency(i % width, width), frequency(Math.floor(i / width), height));
    return 1 / (CONTRAST * Math.max(f, lowest));
  });
}

/** Extends a picture to the periodic canvas without seams: its mirror images beyond opposite edges are cross-faded. */
function extended(picture: Planes, { width, height }: { width: number; height: number }): Planes {
  const xs = crossFades(picture.width, width);
  const ys = crossFades(picture.height, height);
  const canvas = emptyPlanes(picture.channels, width, height);
  for (let c = 0; c < picture.channels; c++)
    for (const [y, [top, bottom, v]] of ys.entries())
      for (const [x, [left, right, u]] of xs.entries()) {
        const at = (row: number, column: number) =>
          picture.data[(c * picture.height + row) * picture.width + column]!;
        canvas.data[(c * height + y) * width + x] =
          (at(top, left) * (1 - u) + at(top, right) * u) * (1 - v) +
          (at(bottom, left) * (1 - u) + at(bottom, right) * u) * v;
      }
  return canvas;
}

/** For each position on the canvas: two positions in the picture, and the weight of the second. */
function crossFades(length: number, canvas: number): (readonly [number, number, number])[] {
  return Array.from({ length: canvas }, (_, i) => {
    if (i < length) return [i, i, 0] as const;
    return [2 * length - 1 - i, canvas - 1 - i, (i - length + 0.5) / (canvas - length)] as const;
  });
}
