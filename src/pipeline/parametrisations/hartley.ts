/**
 * The discrete Hartley transform: a Fourier transform of real planes with real coefficients, Re − Im of the Fourier ones.
 * It needs no complex numbers, and no coefficient is redundant.
 */
import FFT from 'fft.js';

/** The one-dimensional transform of N values, in place: x_k = Σ x_n·cas(2πkn/N), where cas = cos + sin. */
function oneDimensional(size: number): (x: Float64Array) => void {
  const fourier = new FFT(size);
  const spectrum = new Float64Array(2 * size);
  return (x) => {
    fourier.realTransform(spectrum, x);
    for (let k = 0; k <= size / 2; k++) {
      const [re, im] = [spectrum[2 * k]!, spectrum[2 * k + 1]!];
      // The spectrum of a real row is conjugate symmetric: its second half mirrors the first.
      if (k > 0) x[size - k] = re + im;
      x[k] = re - im;
    }
  };
}

export class Hartley {
  readonly #row: Float64Array;
  readonly #column: Float64Array;
  readonly #alongRow: (x: Float64Array) => void;
  readonly #alongColumn: (x: Float64Array) => void;

  /** Width and height must be powers of two. */
  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.#row = new Float64Array(width);
    this.#column = new Float64Array(height);
    this.#alongRow = oneDimensional(width);
    this.#alongColumn = oneDimensional(height);
  }

  /**
   * Transforms the rows and then the columns of each plane in place, divided by √(width·height). The transform is
   * symmetric and orthogonal, so it is its own transpose and its own inverse.
   */
  transform(planes: Float32Array): void {
    const { width, height } = this;
    const norm = 1 / Math.sqrt(width * height);
    for (let plane = 0; plane < planes.length; plane += width * height) {
      for (let y = 0; y < height; y++) {
        const row = planes.subarray(plane + y * width, plane + (y + 1) * width);
        this.#row.set(row);
        this.#alongRow(this.#row);
        row.set(this.#row);
      }
      for (let x = 0; x < width; x++) {
        for (let y = 0; y < height; y++) this.#column[y] = planes[plane + y * width + x]!;
        this.#alongColumn(this.#column);
        for (let y = 0; y < height; y++) planes[plane + y * width + x] = this.#column[y]! * norm;
      }
    }
  }
}
