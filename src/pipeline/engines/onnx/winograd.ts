/**
 * 3×3 convolutions by Winograd's minimal filtering F(4×4, 3×3): Lavin and Gray, "Fast Algorithms for Convolutional Neural
 * Networks" (2015), section 4.3. A tile of 4×4 outputs takes 36 multiplications per pair of channels instead of 144. ONNX
 * Runtime convolves directly on the CPU, so the algorithm is composed of its operators: Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, and
 * for the gradient its adjoint, dd = B[(G g Gᵀ)ᵀ ⊙ (A dY Aᵀ)]Bᵀ, with the same filters.
 */
import type { Window } from '../../graph/graph.js';
import type { OnnxWriter } from './writer.js';
import { toomCook, type Matrix } from './toom-cook.js';

const KERNEL = 3;
/** Side of a tile of outputs. */
const TILE = 4;
/** Side of the inputs that a tile depends on. */
const INPUT_TILE = TILE + KERNEL - 1;
/** Multiplications per tile and pair of channels. */
const POINTS = INPUT_TILE ** 2;

/** Measured to be faster from 96 to 128 channels upwards: the value of in · out / (in + out) there. */
const MIN_RATIO = (96 * 128) / (96 + 128);

/**
 * Infinity is the sixth point. The rounding errors are 0.4 times those of the usual points 0, ±1, ±2; for why the points
 * matter see Barabasz et al., "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks"
 * (2020).
 */
const { a: A, g: G, bt: BT } = toomCook([0, 2 / 3, -2 / 3, 3 / 2, -3 / 2], TILE);

export interface Kernels {
  /** Name of the constant that holds the kernels, [out, into, 3, 3]. */
  readonly kernels: string;
  readonly out: number;
  readonly into: number;
  readonly pad: Window['pad'];
}

export class Winograd {
  readonly #filters = new Map<string, string>();

  constructor(private readonly writer: OnnxWriter) {}

  /** Whether it is faster: the transforms cost in proportion to into + out, and save in proportion to into · out. */
  isFaster({ kernel, stride }: Window, into: number, out: number): boolean {
    return (
      kernel[0] === KERNEL && kernel[1] === KERNEL && stride === 1 && (into * out) / (into + out) >= MIN_RATIO
    );
  }

  /** [1, into, H, W] → [1, out, H + 2·pad − 2, W + 2·pad − 2] */
  convolution(x: string, { kernels, into, out, pad }: Kernels): string {
    const { writer } = this;
    const size = writer.node('Add', [writer.spatial(x), writer.integers(2 * pad[0] - 2, 2 * pad[1] - 2)]);
    const inputs = this.#transformTiles(x, into, BT, pad);
    const products = this.#products(this.#transformFilters(kernels, out, into), inputs, 0);
    return this.#joinTiles(products, out, writer.spatial(inputs), A, [0, 0], size);
  }

  /** The gradient with respect to x, from `dy`, the one with respect to y: [1, out, H', W'] → [1, into, H, W] */
  gradient(dy: string, x: string, { kernels, into, out, pad }: Kernels): string {
    const { writer } = this;
    const tiles = this.#transformTiles(dy, out, A, [0, 0]);
    const products = this.#products(this.#transformFilters(kernels, out, into), tiles, 1);
    return this.#joinTiles(products, into, writer.spatial(tiles), BT, pad, writer.spatial(x));
  }

  /** G g Gᵀ of every kernel: [36, out, into]. ONNX Runtime folds it into a constant when it creates the session. */
  #transformFilters(kernels: string, out: number, into: number): string {
    const known = this.#filters.get(kernels);
    if (known) return known;
    const { writer } = this;
    const flat = writer.node('Reshape', [kernels, writer.integers(-1, KERNEL ** 2)]);
    const both = writer.float(kroneckerSquare(G), [POINTS, KERNEL ** 2]);
    const filters = writer.node('Reshape', [
      writer.node('Gemm', [both, flat], { transB: 1 }),
      writer.integers(POINTS, out, into),
    ]);
    this.#filters.set(kernels, filters);
    return filters;
  }

  /** M d Mᵀ of every tile d, where M is `by`: [1, C, H, W] → [C, 36, rows of tiles, columns of tiles]. */
  #transformTiles(x: string, channels: number, by: Matrix, pad: Window['pad']): string {
    const { writer } = this;
    const side = by[0]!.length;
    // One strided convolution cuts the tiles and transforms them.
    return writer.node(
      'Conv',
      [writer.maps(x, channels), writer.float(kroneckerSquare(by), [POINTS, 1, side, side])],
      {
        kernel_shape: [side, side],
        strides: [TILE, TILE],
        pads: [...pad, ...pad.map((p) => p + TILE - 1)],
      },
    );
  }

  /** The filters, or their transposes, times the channels at each of the 36 points: [36, channels, tiles]. */
  #products(filters: string, tiles: string, transA: 0 | 1): string {
    const { writer } = this;
    return writer.node(
      'com.microsoft.FusedMatMul',
      [filters, writer.node('Reshape', [tiles, writer.integers(0, POINTS, -1)])],
      { transA, transBatchB: 1 },
    );
  }

  /** Mᵀ p M of every tile p, where M is `by`, joined, with overlaps added up: [36, C, tiles] → [1, C, ...size]. */
  #joinTiles(
    products: string,
    channels: number,
    tiles: string,
    by: Matrix,
    from: Window['pad'],
    size: string,
  ): string {
    const { writer } = this;
    const side = by[0]!.length;
    const maps = writer.node('Reshape', [
      writer.node('Transpose', [products], { perm: [1, 0, 2] }),
      writer.node('Concat', [writer.integers(channels, POINTS), tiles], { axis: 0 }),
    ]);
    const whole = writer.node(
      'ConvTranspose',
      [maps, writer.float(kroneckerSquare(by), [POINTS, 1, side, side])],
      {
        kernel_shape: [side, side],
        strides: [TILE, TILE],
      },
    );
    const begin = writer.integers(...from);
    const end = writer.node('Add', [begin, size]);
    const cut = writer.node('Slice', [whole, begin, end, writer.integers(2, 3)]);
    return writer.node('Reshape', [cut, writer.integers(1, channels, 0, 0)]);
  }
}

/** M ⊗ M by rows: the matrix that takes a flattened tile d to the flattened M d Mᵀ. */
const kroneckerSquare = (matrix: Matrix): Float32Array =>
  Float32Array.from(
    matrix.flatMap((down) => matrix.flatMap((across) => down.flatMap((d) => across.map((a) => d * a)))),
  );
