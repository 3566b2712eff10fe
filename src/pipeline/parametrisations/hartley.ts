/**
 * The Fourier transform of real planes in real numbers: Hartley's, whose coefficients are Re − Im of Fourier's.
 * Sines and cosines of a frequency stand for it as before, and nothing is complex or kept twice.
 */
import FFT from 'fft.js';

/** cos + sin at every frequency k of a length N, of x and into x: Σ x_n·cas(2πkn/N). */
function along(size: number): (x: Float64Array) => void {
  const fourier = new FFT(size);
  const spectrum = new Float64Array(2 * size);
  return (x) => {
    fourier.realTransform(spectrum, x);
    for (let k = 0; k <= size / 2; k++) {
      const [re, im] = [spectrum[2 * k]!, spectrum[2 * k + 1]!];
      // A real row's second half mirrors its first, conjugated.
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

  /** @param width a power of two, as `height` is */
  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.#row = new Float64Array(width);
    this.#column = new Float64Array(height);
    this.#alongRow = along(width);
    this.#alongColumn = along(height);
  }

  /**
   * Along the rows, then along the columns, of each plane in place, divided by √(width·height). It is symmetric and
   * orthogonal: its own transpose and its own inverse.
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
