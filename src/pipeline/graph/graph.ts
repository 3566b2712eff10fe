/**
 * Tensor programs: directed acyclic graphs of a few operators, built once and run at any size.
 *
 * Shapes are NCHW. Batch and channels are numbers; height and width stay symbolic, so that one program works at
 * every scale of a pyramid.
 */
import {
  outputSize,
  plus,
  times,
  type Dimension,
  type Pair,
  type Rounding,
  type Window,
} from './dimensions.js';

export type { Pair, Rounding, Window } from './dimensions.js';

export type Shape = readonly Dimension[];

export interface Margins {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export type Operation =
  | { readonly type: 'input'; readonly name: string }
  | { readonly type: 'constant'; readonly data: Float32Array }
  /** x, kernel (OIHW) [, bias] */
  | ({ readonly type: 'convolution' } & Window)
  /** Gradient of a convolution with respect to its input: dy, kernel (OIHW), x (for its size) */
  | ({ readonly type: 'convolutionGradient' } & Window)
  | { readonly type: 'relu' }
  /** y, dy */
  | { readonly type: 'reluGradient' }
  /** Maximum over windows. Caffe rounds the output size up, Keras and PyTorch round it down. */
  | ({ readonly type: 'maxPool'; readonly round: Rounding } & Window)
  /** x, dy */
  | ({ readonly type: 'maxPoolGradient'; readonly round: Rounding } & Window)
  /** Mean over the part of each window that lies inside the picture. The output size is rounded down. */
  | ({ readonly type: 'averagePool' } & Window)
  /** dy, x (for its size) */
  | ({ readonly type: 'averagePoolGradient' } & Window)
  /** Local response normalisation over `size` channels: y = x·(bias + alpha/size·Σx²)^−beta. */
  | ({ readonly type: 'lrn' } & LocalResponse)
  /** x, dy */
  | ({ readonly type: 'lrnGradient' } & LocalResponse)
  /** x, scale [1, C, 1, 1], shift [1, C, 1, 1] */
  | { readonly type: 'instanceNorm'; readonly epsilon: number }
  /**
   * The gradient with respect to x, from x, its normalised values, dy, and the sums over all positions of dy and of
   * dy · normalised
   */
  | { readonly type: 'instanceNormGradient'; readonly epsilon: number }
  /** Concatenation along the channels. */
  | { readonly type: 'concatenate' }
  /** The channels from `from` up to, but not including, `to`. */
  | { readonly type: 'channels'; readonly from: number; readonly to: number }
  /** Removes rows and columns from the four sides. */
  | ({ readonly type: 'crop' } & Margins)
  /** dy, padded with zeros on the four sides */
  | ({ readonly type: 'cropGradient' } & Margins)
  /** x, like: the rows and columns of x that lie inside the size of `like`, which is no larger */
  | { readonly type: 'cropLike' }
  /** dy, padded with zeros after the end to the size of x; x */
  | { readonly type: 'cropLikeGradient' }
  /** Pads each side by `by` pixels by reflection at the edge pixel, which is not repeated. */
  | { readonly type: 'reflectionPad'; readonly by: number }
  /** dy, with the gradient of the padding added to the pixels it was reflected from */
  | { readonly type: 'reflectionPadGradient'; readonly by: number }
  /** Every pixel repeated factor×factor. */
  | { readonly type: 'upsampleNearest'; readonly factor: number }
  /** Pads each side by one pixel, a copy of the edge pixel. */
  | { readonly type: 'edgePad' }
  /** dy, with the gradient of the padding added to the pixels it was copied from */
  | { readonly type: 'edgePadGradient' }
  | { readonly type: 'sigmoid' }
  /** Natural logarithm of positive x. */
  | { readonly type: 'log' }
  | { readonly type: 'clamp'; readonly min: number; readonly max: number }
  /** x, y, dy: dy where x is inside the limits or on one of them, otherwise zero */
  | { readonly type: 'clampGradient' }
  | { readonly type: 'add' }
  | { readonly type: 'subtract' }
  | { readonly type: 'multiply' }
  | { readonly type: 'scale'; readonly factor: number }
  /** x raised to an exponent, for positive x. */
  | { readonly type: 'power'; readonly exponent: number }
  /** Mean over all elements: a scalar. */
  | { readonly type: 'mean' }
  /** dy (scalar), x (for its size) */
  | { readonly type: 'meanGradient' }
  | { readonly type: 'sum' }
  /** dy (scalar), x (for its size) */
  | { readonly type: 'sumGradient' }
  /** Sum over some axes, each of which becomes 1. */
  | { readonly type: 'sumOver'; readonly axes: readonly number[] }
  /** Mean of each channel over all positions: [C, 1] */
  | { readonly type: 'spatialMean' }
  /** x (for its size), dμ [C, 1] */
  | { readonly type: 'spatialMeanGradient' }
  /** Product of two matrices. */
  | { readonly type: 'matmul' }
  | { readonly type: 'transpose' }
  /** The identity, with a gradient of zero. */
  | { readonly type: 'stopGradient' }
  /** value (a scalar), x, dx: the value, with dx as its gradient with respect to x */
  | { readonly type: 'customGradient' }
  /** x [1, C, H, W], guide [1, C, h, w]: for each position of x, the guide's feature vector with the largest dot product */
  | { readonly type: 'nearestNeighbour' }
  /** F·Fᵀ/N of the C×N activations: [C, C] */
  | { readonly type: 'gram' }
  /** x, dG: (dG + dGᵀ)·F/N in the shape of x */
  | { readonly type: 'gramGradient' };

export interface LocalResponse {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly bias: number;
}

export interface Tensor {
  readonly operation: Operation;
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
}

/** A tensor whose values are given when the program runs. Callers keep it as the key under which they set them. */
export interface Input extends Tensor {
  readonly operation: Extract<Operation, { type: 'input' }>;
}

/** What to compute: named outputs and, optionally, the gradients of one scalar with respect to some of the inputs. */
export interface Program {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** `by` names inputs; the gradient of `of` with respect to each is returned under that name. */
  readonly gradient?: { readonly of: Tensor; readonly by: Readonly<Record<string, Tensor>> };
}

const node = (operation: Operation, inputs: readonly Tensor[], shape: Shape): Tensor => ({
  operation,
  inputs,
  shape,
});

const channelsOf = (x: Tensor): number => {
  const channels = x.shape[1];
  if (typeof channels !== 'number' || x.shape.length !== 4)
    throw new Error(`expected an NCHW tensor with known channels, got [${x.shape.join(', ')}]`);
  return channels;
};

/** The shape of an elementwise result by NumPy's broadcasting, except that non-scalars must have the same rank. */
function broadcast(a: Tensor, b: Tensor): Shape {
  if (a.shape.length === 0) return b.shape;
  if (b.shape.length === 0) return a.shape;
  const fits =
    a.shape.length === b.shape.length &&
    a.shape.every((n, i) => n === 1 || b.shape[i] === 1 || n === b.shape[i]);
  if (!fits) throw new Error(`cannot broadcast [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
  return a.shape.map((n, i) => (n === 1 ? b.shape[i]! : n));
}

function windowed(x: Tensor, window: Window, channels: number, round: Rounding): Shape {
  const [batch, , height, width] = x.shape;
  return [batch!, channels, outputSize(height!, window, 0, round), outputSize(width!, window, 1, round)];
}

const pair = (n: number | Pair): Pair => (typeof n === 'number' ? [n, n] : n);

/** A window, with a single number where height and width are the same. */
export interface WindowLike {
  readonly kernel: number | Pair;
  readonly stride: number;
  readonly pad: number | Pair;
}

const toWindow = ({ kernel, stride, pad }: WindowLike): Window => ({
  kernel: pair(kernel),
  stride,
  pad: pair(pad),
});

/** @param name unique among the inputs of a program */
export const input = (name: string, shape: Shape): Input => ({
  operation: { type: 'input', name },
  inputs: [],
  shape,
});

export function constant(data: Float32Array, shape: readonly number[]): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  if (size !== data.length)
    throw new Error(`${data.length} values do not fit the shape [${shape.join(', ')}]`);
  return node({ type: 'constant', data }, [], shape);
}

/**
 * @param kernel constant of shape [out, in, kh, kw]
 * @param bias constant of shape [out]
 * @param pad defaults to the padding that keeps the size at stride 1
 */
export function convolution(
  x: Tensor,
  kernel: Tensor,
  bias: Tensor,
  stride = 1,
  pad?: number | Pair,
): Tensor {
  const [out, into, height, width] = kernel.shape as readonly number[];
  if (channelsOf(x) !== into) throw new Error(`the kernel expects ${into} channels, got ${channelsOf(x)}`);
  const same: Pair = [(height! - 1) / 2, (width! - 1) / 2];
  const window = { kernel: [height!, width!] as const, stride, pad: pair(pad ?? same) };
  return node({ type: 'convolution', ...window }, [x, kernel, bias], windowed(x, window, out!, 'floor'));
}

export const relu = (x: Tensor): Tensor => node({ type: 'relu' }, [x], x.shape);

export function maxPool(x: Tensor, like: WindowLike, round: Rounding): Tensor {
  const window = toWindow(like);
  return node({ type: 'maxPool', round, ...window }, [x], windowed(x, window, channelsOf(x), round));
}

export function averagePool(x: Tensor, like: WindowLike): Tensor {
  const window = toWindow(like);
  return node({ type: 'averagePool', ...window }, [x], windowed(x, window, channelsOf(x), 'floor'));
}

export const lrn = (x: Tensor, parameters: LocalResponse): Tensor =>
  node({ type: 'lrn', ...parameters }, [x], x.shape);

/**
 * Instance normalisation: y = (x − mean)/√(variance + epsilon) · scale + shift, with the mean and the biased variance of each
 * channel over its positions (Ulyanov et al. 2016, "Instance Normalization: The Missing Ingredient for Fast Stylization").
 * @param factor the scale, [1, C, 1, 1]; often an input of the program
 * @param shift [1, C, 1, 1]
 */
export function instanceNorm(x: Tensor, factor: Tensor, shift: Tensor, epsilon = 1e-5): Tensor {
  const wanted = [1, channelsOf(x), 1, 1].join(', ');
  for (const { shape } of [factor, shift])
    if (shape.join(', ') !== wanted)
      throw new Error(`scale and shift must have the shape [${wanted}], got [${shape.join(', ')}]`);
  return node({ type: 'instanceNorm', epsilon }, [x, factor, shift], x.shape);
}

export function concatenate(parts: readonly Tensor[]): Tensor {
  const [batch, , height, width] = parts[0]!.shape;
  const channels = parts.reduce((sum, part) => sum + channelsOf(part), 0);
  return node({ type: 'concatenate' }, parts, [batch!, channels, height!, width!]);
}

export function channels(x: Tensor, from: number, to: number): Tensor {
  if (from < 0 || to > channelsOf(x) || from >= to)
    throw new Error(`channels ${from} to ${to} are out of range: there are ${channelsOf(x)}`);
  const [batch, , height, width] = x.shape;
  return node({ type: 'channels', from, to }, [x], [batch!, to - from, height!, width!]);
}

export function crop(x: Tensor, margins: Margins): Tensor {
  const [batch, count, height, width] = x.shape;
  const { top, left, bottom, right } = margins;
  const shape = [batch!, count!, plus(height!, -top - bottom), plus(width!, -left - right)];
  return node({ type: 'crop', ...margins }, [x], shape);
}

/**
 * The first rows and columns of x, as many as `like` has. This makes one expression of two sizes that are computed in
 * different ways: halved twice and doubled twice, a picture has its own size or up to three pixels more. If x turns out to be
 * smaller than `like` when the program runs, it stays as it is, and whatever expects the size of `like` fails.
 */
export function cropLike(x: Tensor, like: Tensor): Tensor {
  const [batch, count] = x.shape;
  const [, , height, width] = like.shape;
  channelsOf(like);
  return node({ type: 'cropLike' }, [x, like], [batch!, count!, height!, width!]);
}

/** @param by pixels on each side, fewer than x has in either direction */
export function reflectionPad(x: Tensor, by: number): Tensor {
  const [batch, count, height, width] = x.shape;
  const shape = [batch!, count!, plus(height!, 2 * by), plus(width!, 2 * by)];
  return by === 0 ? x : node({ type: 'reflectionPad', by }, [x], shape);
}

/** @param factor an integer, at least 1 */
export function upsampleNearest(x: Tensor, factor: number): Tensor {
  const [batch, count, height, width] = x.shape;
  const shape = [batch!, count!, times(height!, factor), times(width!, factor)];
  return node({ type: 'upsampleNearest', factor }, [x], shape);
}

export function edgePad(x: Tensor): Tensor {
  const [batch, count, height, width] = x.shape;
  return node({ type: 'edgePad' }, [x], [batch!, count!, plus(height!, 2), plus(width!, 2)]);
}

export const sigmoid = (x: Tensor): Tensor => node({ type: 'sigmoid' }, [x], x.shape);

/** Natural logarithm, for positive x. */
export const log = (x: Tensor): Tensor => node({ type: 'log' }, [x], x.shape);

/** Limits x to a range. The gradient passes inside the range and, as in PyTorch, at its limits. */
export const clamp = (x: Tensor, min: number, max: number): Tensor =>
  node({ type: 'clamp', min, max }, [x], x.shape);

export const add = (a: Tensor, b: Tensor): Tensor => node({ type: 'add' }, [a, b], broadcast(a, b));
export const subtract = (a: Tensor, b: Tensor): Tensor => node({ type: 'subtract' }, [a, b], broadcast(a, b));
export const multiply = (a: Tensor, b: Tensor): Tensor => node({ type: 'multiply' }, [a, b], broadcast(a, b));
export const scale = (x: Tensor, factor: number): Tensor => node({ type: 'scale', factor }, [x], x.shape);
export const power = (x: Tensor, exponent: number): Tensor => node({ type: 'power', exponent }, [x], x.shape);
export const mean = (x: Tensor): Tensor => node({ type: 'mean' }, [x], []);
export const sum = (x: Tensor): Tensor => node({ type: 'sum' }, [x], []);
export const spatialMean = (x: Tensor): Tensor => node({ type: 'spatialMean' }, [x], [channelsOf(x), 1]);

export function matmul(a: Tensor, b: Tensor): Tensor {
  const [rows, inner] = a.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || inner !== b.shape[0])
    throw new Error(`cannot multiply the shapes [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
  return node({ type: 'matmul' }, [a, b], [rows!, b.shape[1]!]);
}

export const transpose = (x: Tensor): Tensor => node({ type: 'transpose' }, [x], [x.shape[1]!, x.shape[0]!]);

export const stopGradient = (x: Tensor): Tensor => node({ type: 'stopGradient' }, [x], x.shape);

/** A scalar whose gradient with respect to `x` is `dx` (of x's shape); no gradient flows through `value`. */
export const customGradient = (value: Tensor, x: Tensor, dx: Tensor): Tensor =>
  node({ type: 'customGradient' }, [value, x, dx], value.shape);

export const nearestNeighbour = (x: Tensor, guide: Tensor): Tensor =>
  node({ type: 'nearestNeighbour' }, [x, guide], x.shape);

/** Gram matrix F·Fᵀ/N (Gatys et al. 2016, eq. 3, divided by the number of positions). */
export const gram = (x: Tensor): Tensor => node({ type: 'gram' }, [x], [channelsOf(x), channelsOf(x)]);

/** A gradient operator; only `gradient.ts` builds them. */
export const backward = (operation: Operation, inputs: readonly Tensor[], shape: Shape): Tensor =>
  node(operation, inputs, shape);

/** Every tensor that the roots depend on; each comes after its inputs. */
export function topologicalOrder(roots: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor)) return;
    seen.add(tensor);
    tensor.inputs.forEach(visit);
    order.push(tensor);
  };
  roots.forEach(visit);
  return order;
}
