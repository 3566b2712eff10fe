/**
 * Objectives: sums of terms over an image and its activations. A style transfer minimises its objective, a dream
 * maximises it.
 */
import { scalar, type Values } from '../engines/engine.js';
import { add, input, mean, multiply, type Input, type Tensor } from '../graph/graph.js';
import type { Planes } from '../image/planes.js';

/** The `layer` of terms that look at the image itself. */
export const IMAGE = 'image';

/** Tensors that are computed from a layer's activations and add up over tiles. */
export type Statistics = Readonly<Record<string, Tensor>>;

/**
 * A term of an objective. `statistics` and `loss` build tensors; their targets are inputs of the program, which the
 * term offers as handles and `Targets` gives values to.
 */
export interface Term {
  /** Unique within an objective. The value is reported under it. */
  readonly name: string;
  readonly weight: number;
  /** The tap whose activations the term looks at, or IMAGE. */
  readonly layer: string;
  /** For a term about one region of the picture: its mask, [1, 1, H, W] at the layer's size, with mean T² = 1. */
  readonly mask?: Input;
  /**
   * For a term that compares positions: the activations of a reference picture, shaped like the layer's. The value is
   * divided by their mean square.
   */
  readonly reference?: Input;
  /**
   * @param features [1, C, H, W]
   * @param mask T, [1, 1, H, W]: each position counts T² times. Without it each counts once.
   */
  statistics(features: Tensor, mask?: Tensor): Statistics;
  /** The value, a scalar. */
  loss(statistics: Statistics): Tensor;
  /** Converts the value to the unit that it is reported in. @param elements of the layer, C·H·W */
  readonly reported?: (value: number, elements: number) => number;
}

export type Objective = readonly Term[];

/** The sum of terms and objectives. */
export const sum = (parts: readonly (Term | Objective)[]): Objective => parts.flat();

/** A term with its weight multiplied. */
export const times = <T extends Term>(factor: number, term: T): T => ({
  ...term,
  weight: factor * term.weight,
});

/** Values for the inputs of an objective's terms. */
export interface Targets {
  /**
   * What the terms' weights are multiplied by, by the terms' names; 1 by default. It normalises values by their targets,
   * so that weights mean the same for every network and picture.
   */
  readonly factors?: ReadonlyMap<string, number>;
  readonly values?: ReadonlyMap<Input, Values>;
  /** The pictures, RGB in [0,1], whose activations are the values of the terms' `reference` inputs. */
  readonly references?: ReadonlyMap<Input, Planes>;
  /** The values of the terms' `mask` inputs. */
  readonly masks?: ReadonlyMap<Input, Planes>;
}

/** Each term's value in the unit it is reported in; `total` is the weighted sum that is optimised. */
export type Losses = Readonly<Record<string, number>> & { readonly total: number };

export interface Evaluation {
  readonly losses: Losses;
  /** The gradient of `total` by the image. */
  readonly gradient: Planes;
}

/** A compiled objective. */
export interface Evaluator {
  /** Replaces all targets. To be called before the first evaluation if the objective has inputs. */
  setTargets(targets: Targets): Promise<void>;
  /** @param image RGB in [0,1] */
  evaluate(image: Planes): Promise<Evaluation>;
  dispose(): Promise<void>;
}

/** The weights of an objective's terms as inputs of a program, so that it serves for other weights too. */
export const weightInputs = (objective: Objective): Input[] =>
  objective.map(({ name }) => input(`weight of ${name}`, []));

/** The values of `weightInputs`. */
export const weightValues = (
  objective: Objective,
  inputs: readonly Input[],
  factors: ReadonlyMap<string, number> | undefined,
): [Input, Values][] =>
  objective.map(({ name, weight }, i) => [inputs[i]!, scalar(weight * (factors?.get(name) ?? 1))]);

/** The weighted sum of the terms' values. */
export const totalOf = (losses: readonly Tensor[], weights: readonly Input[]): Tensor =>
  losses.map((loss, i) => multiply(loss, weights[i]!)).reduce(add);

export const square = (x: Tensor): Tensor => multiply(x, x);

/** Mean over all elements, each position counted T² times if there is a mask T. */
export const maskedMean = (x: Tensor, mask?: Tensor): Tensor => mean(mask ? multiply(x, square(mask)) : x);

/** Mean of the squares, kept away from 0 because it is divided by. */
export function meanSquare(data: Float32Array): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  return Math.max(sum / data.length, 1e-12);
}
