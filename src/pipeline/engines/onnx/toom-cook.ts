/** A matrix by rows. */
export type Matrix = readonly (readonly number[])[];

/** y = Aᵀ[(G g) ⊙ (Bᵀ d)]: outputs of a filter g along d, with one product for each point. */
export interface MinimalFiltering {
  /** [points, outputs] */
  readonly a: Matrix;
  /** [points, taps] */
  readonly g: Matrix;
  /** Bᵀ: [points, inputs]; as many inputs as points. */
  readonly bt: Matrix;
}

/**
 * The Toom–Cook construction of minimal filtering: the transposed product of two polynomials, interpolated at the points and
 * at infinity (Winograd, "Arithmetic Complexity of Computations", 1980; Blahut, "Fast Algorithms for Signal Processing",
 * chapter 5). There are outputs + taps − 1 points, infinity among them.
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
    bt: [...points.map((_, i) => [...withRoots(others(i)), 0]), withRoots(points)],
  };
}

/** Coefficients of Π(t − root), the constant first. */
const withRoots = (roots: readonly number[]): readonly number[] =>
  roots.reduce<readonly number[]>(
    (of, root) => [...of, 0].map((_, k) => (of[k - 1] ?? 0) - root * (of[k] ?? 0)),
    [1],
  );
