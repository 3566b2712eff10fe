/** A matrix, as an array of rows. */
export type Matrix = readonly (readonly number[])[];

/** y = Aᵀ[(G g) ⊙ (Bᵀ d)]: the outputs of a filter g sliding over d, with one multiplication per point. */
export interface MinimalFiltering {
  /** [points, outputs] */
  readonly a: Matrix;
  /** [points, taps] */
  readonly g: Matrix;
  /** Bᵀ: [points, inputs]. There are as many inputs as points. */
  readonly bt: Matrix;
}

/**
 * The Toom–Cook construction of minimal filtering: the transpose of multiplying two polynomials by interpolation at the
 * points and at infinity (Winograd, "Arithmetic Complexity of Computations", 1980; Blahut, "Fast Algorithms for Signal
 * Processing", chapter 5). There are outputs + taps − 1 points, including infinity.
 */
export function toomCook(points: readonly number[], outputs: number): MinimalFiltering {
  const taps = points.length + 2 - outputs;
  const powers = (x: number, count: number) => Array.from({ length: count }, (_, i) => x ** i);
  const last = (count: number) => Array.from({ length: count }, (_, i) => (i === count - 1 ? 1 : 0));
  const others = (i: number) => points.filter((_, k) => k !== i);
  return {
    a: [...points.map((x) => powers(x, outputs)), last(outputs)],
    g: [
      ...points.map((x, i) => {
        const scale = others(i).reduce((product, y) => product * (x - y), 1);
        return powers(x, taps).map((power) => power / scale);
      }),
      last(taps),
    ],
    bt: [...points.map((_, i) => [...polynomialWithRoots(others(i)), 0]), polynomialWithRoots(points)],
  };
}

/** Coefficients of the polynomial Π(t − root), constant term first. */
const polynomialWithRoots = (roots: readonly number[]): readonly number[] =>
  roots.reduce<readonly number[]>(
    (of, root) => [...of, 0].map((_, k) => (of[k - 1] ?? 0) - root * (of[k] ?? 0)),
    [1],
  );
