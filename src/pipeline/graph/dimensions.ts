/**
 * Sizes of tensors that are known when a program is built (numbers), or only when it runs (strings). Such a symbolic
 * dimension is the expression that computes it: a symbol, a sum `(…+n)`, a product `(…)*n`, or the number of windows
 * `floor((…+n)/stride)+1`. Two sizes count as equal only if their expressions are.
 */

export type Dimension = number | string;

/** Height and width. */
export type Pair = readonly [number, number];

/** Kernel and padding as [height, width]; the stride is the same for both. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: number;
  readonly pad: Pair;
}

export type Rounding = 'floor' | 'ceil';

/** The number of pixels may be negative. */
const SUM = /^\((.*)\+(-?\d+)\)$/;
const PRODUCT = /^\((.*)\)\*(\d+)$/;
const WINDOWS = /^(floor|ceil)\(\((.*)\+(-?\d+)\)\/(\d+)\)\+1$/;

/** A size plus a number of pixels. Nested sums are merged, so that equal sizes have equal expressions. */
export function plus(size: Dimension, by: number): Dimension {
  if (typeof size === 'number') return size + by;
  if (by === 0) return size;
  const sum = SUM.exec(size);
  return sum ? plus(sum[1]!, Number(sum[2]) + by) : `(${size}+${by})`;
}

/** A multiple of a size. Nested products are merged. */
export function times(size: Dimension, factor: number): Dimension {
  if (typeof size === 'number') return size * factor;
  if (factor === 1) return size;
  const product = PRODUCT.exec(size);
  return product ? times(product[1]!, Number(product[2]) * factor) : `(${size})*${factor}`;
}

/** The number of windows along an axis. */
export function outputSize(
  size: Dimension,
  { kernel, stride, pad }: Window,
  axis: 0 | 1,
  round: Rounding,
): Dimension {
  const extra = 2 * pad[axis] - kernel[axis];
  if (typeof size === 'number') return Math[round]((size + extra) / stride) + 1;
  if (stride === 1) return plus(size, extra + 1);
  return `${round}((${size}+${extra})/${stride})+1`;
}

/** Evaluates a dimension, given the values of its symbols. @throws Error if one is missing */
export function sizeAt(dimension: Dimension, symbols: Readonly<Record<string, number>>): number {
  if (typeof dimension === 'number') return dimension;
  const windows = WINDOWS.exec(dimension);
  if (windows) {
    const [, round, inner, extra, stride] = windows as unknown as [string, Rounding, string, string, string];
    return Math[round]((sizeAt(inner, symbols) + Number(extra)) / Number(stride)) + 1;
  }
  const product = PRODUCT.exec(dimension);
  if (product) return sizeAt(product[1]!, symbols) * Number(product[2]);
  const sum = SUM.exec(dimension);
  if (sum) return sizeAt(sum[1]!, symbols) + Number(sum[2]);
  const size = symbols[dimension];
  if (size === undefined) throw new Error(`no value for the dimension '${dimension}'`);
  return size;
}
