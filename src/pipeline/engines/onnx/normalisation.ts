/** Normalisation across channels and across positions, and its gradients, in ONNX operators. */
import type { LocalResponse } from '../../graph/graph.js';
import type { OnnxWriter } from './writer.js';

interface Normaliser {
  readonly s: string;
  readonly power: string;
}

export class Normalisation {
  readonly #normalisers = new Map<string, Normaliser>();

  constructor(private readonly writer: OnnxWriter) {}

  /** @param epsilon added to the variance @param scale and @param shift names of [1, C, 1, 1] */
  instance(epsilon: number, x: string, scale: string, shift: string): string {
    const { writer } = this;
    const [scales, shifts] = [scale, shift].map((of) => writer.node('Reshape', [of, writer.integers(-1)]));
    return writer.node('InstanceNormalization', [x, scales!, shifts!], { epsilon: { float: epsilon } });
  }

  /**
   * (dy − Σdy/N − n·Σ(dy·n)/N)/σ, where n is the normalised x and N the number of positions.
   * @param names of x, n, dy, Σdy and Σ(dy·n)
   */
  instanceGradient(epsilon: number, names: readonly [string, string, string, string, string]): string {
    const [x, normalised, dy, sum, product] = names;
    const { writer } = this;
    const count = writer.positions(x);
    const overPositions = { axes: [2, 3], keepdims: 1 };
    const centred = writer.node('Sub', [x, writer.node('ReduceMean', [x], overPositions)]);
    const variance = writer.node('ReduceMean', [writer.node('Mul', [centred, centred])], overPositions);
    const deviation = writer.node('Sqrt', [writer.node('Add', [variance, writer.number(epsilon)])]);
    const along = writer.node('Mul', [normalised, writer.node('Div', [product, count])]);
    const tangent = writer.node('Sub', [writer.node('Sub', [dy, writer.node('Div', [sum, count])]), along]);
    return writer.node('Div', [tangent, deviation]);
  }

  local(like: LocalResponse, count: number, x: string): string {
    return this.writer.node('Mul', [x, this.#normaliser(like, count, x).power]);
  }

  /**
   * y_c = x_c·s_c^−β with s_c = bias + α/n·Σx² over the neighbourhood, so
   * dx_c = dy_c·s_c^−β − 2αβ/n·x_c·Σ dy_j·x_j·s_j^−β−1 over the same neighbourhood (it is symmetric).
   */
  localGradient(like: LocalResponse, count: number, x: string, dy: string): string {
    const { writer } = this;
    const { size, alpha, beta } = like;
    const { s, power } = this.#normaliser(like, count, x);
    const inner = writer.node('Mul', [writer.node('Mul', [dy, x]), writer.node('Div', [power, s])]);
    const spread = writer.node('Conv', [inner, this.#neighbourSum(count, size)], {});
    const lost = writer.node('Mul', [
      writer.node('Mul', [x, writer.number((2 * alpha * beta) / size)]),
      spread,
    ]);
    return writer.node('Sub', [writer.node('Mul', [dy, power]), lost]);
  }

  /** s and s^−β, shared by the forward and backward pass: with ONNX's own LRN, the gradient would compute them again. */
  #normaliser({ size, alpha, beta, bias }: LocalResponse, count: number, x: string): Normaliser {
    const { writer } = this;
    const key = [size, alpha, beta, bias, x].join();
    const cached = this.#normalisers.get(key);
    if (cached) return cached;
    const squares = writer.node('Conv', [writer.node('Mul', [x, x]), this.#neighbourSum(count, size)], {});
    const s = writer.node('Add', [
      writer.node('Mul', [squares, writer.number(alpha / size)]),
      writer.number(bias),
    ]);
    const made = { s, power: writer.node('Pow', [s, writer.number(-beta)]) };
    this.#normalisers.set(key, made);
    return made;
  }

  /** The kernel of a 1×1 convolution that sums each channel and its neighbours: a band matrix. */
  #neighbourSum(count: number, size: number): string {
    const { writer } = this;
    const half = (size - 1) / 2;
    const data = new Float32Array(count * count);
    for (let i = 0; i < count; i++)
      for (let j = Math.max(0, i - half); j <= Math.min(count - 1, i + half); j++) data[i * count + j] = 1;
    return writer.float(data, [count, count, 1, 1]);
  }
}
