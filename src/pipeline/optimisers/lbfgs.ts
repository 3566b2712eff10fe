import type { Planes } from '../image/planes.js';
import type { Optimiser } from './optimiser.js';

interface Pair {
  /** Change of the parameters, change of the gradient, and 1/(their dot product). */
  readonly s: Float32Array;
  readonly y: Float32Array;
  readonly rho: number;
}

/** Number of pairs kept. */
const HISTORY = 20;

/**
 * L-BFGS (Nocedal and Wright, "Numerical Optimization", 2006, algorithm 7.4) with one evaluation per step instead of a
 * line search: a step is at most `reach` long (root mean square), and the reach is halved after a step that increased the
 * loss.
 */
export class Lbfgs implements Optimiser {
  readonly #pairs: Pair[] = [];
  #previous:
    { readonly gradient: Float32Array; readonly move: Float32Array; readonly loss: number } | undefined;
  #reach: number;

  constructor(
    private readonly parameters: readonly Planes[],
    private readonly options: { readonly reach: number },
  ) {
    this.#reach = options.reach;
  }

  step(gradients: readonly Planes[], loss: number): void {
    const gradient = concatenated(gradients.map(({ data }) => data));
    if (this.#previous) this.#remember(gradient, loss);
    const move = this.#direction(gradient);
    // If the estimated curvature points uphill, fall back to the gradient.
    if (dot(move, gradient) >= 0) for (let i = 0; i < move.length; i++) move[i] = -gradient[i]!;
    const length = Math.sqrt(dot(move, move) / move.length);
    // Without curvature estimates the direction has no natural length, so the first step uses the full reach.
    const largest = this.#pairs.length > 0 ? 1 : Infinity;
    const factor = length > 0 ? Math.min(largest, this.#reach / length) : 0;
    for (let i = 0; i < move.length; i++) move[i]! *= factor;
    this.#apply(move);
    this.#previous = { gradient, move, loss };
  }

  #remember(gradient: Float32Array, loss: number): void {
    const { gradient: last, move, loss: lastLoss } = this.#previous!;
    this.#reach = loss > lastLoss ? this.#reach / 2 : Math.min(this.options.reach, this.#reach * 1.2);
    const y = gradient.map((g, i) => g - last[i]!);
    const product = dot(move, y);
    if (product <= 1e-10 * dot(y, y)) return;
    this.#pairs.push({ s: move, y, rho: 1 / product });
    if (this.#pairs.length > HISTORY) this.#pairs.shift();
  }

  /** −H·g by the two-loop recursion over the kept pairs. */
  #direction(gradient: Float32Array): Float32Array {
    const q = gradient.map((g) => -g);
    const alphas: number[] = [];
    for (const { s, y, rho } of this.#pairs.toReversed()) {
      const alpha = rho * dot(s, q);
      alphas.unshift(alpha);
      for (let i = 0; i < q.length; i++) q[i]! -= alpha * y[i]!;
    }
    const newest = this.#pairs.at(-1);
    if (newest) {
      const scale = 1 / (newest.rho * dot(newest.y, newest.y));
      for (let i = 0; i < q.length; i++) q[i]! *= scale;
    }
    this.#pairs.forEach(({ s, y, rho }, k) => {
      const beta = alphas[k]! - rho * dot(y, q);
      for (let i = 0; i < q.length; i++) q[i]! += beta * s[i]!;
    });
    return q;
  }

  #apply(move: Float32Array): void {
    let from = 0;
    for (const { data } of this.parameters) {
      for (let i = 0; i < data.length; i++) data[i]! += move[from + i]!;
      from += data.length;
    }
  }
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let from = 0;
  for (const part of parts) {
    whole.set(part, from);
    from += part.length;
  }
  return whole;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
