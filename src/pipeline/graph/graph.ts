/**
 * Tensor programs: a directed graph of a few operators, built once and run at every size.
 *
 * Shapes are NCHW. Batch and channels are numbers; height and width stay symbolic, so that one program serves
 * every scale of a pyramid: a symbolic dimension is the text of the expression that gives it.
 */

export type Dimension = number | string;
export type Shape = readonly Dimension[];

export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}

export type Operation =
  | { readonly type: 'input'; readonly name: string }
  | { readonly type: 'constant'; readonly data: Float32Array }
  /** x, kernel (OIHW) [, bias] */
  | ({ readonly type: 'convolution' } & Window)
  /** Gradient of a convolution by its input: dy, kernel (OIHW), x (for its size) */
  | ({ readonly type: 'convolutionGradient' } & Window)
  | { readonly type: 'relu' }
  /** y, dy */
  | { readonly type: 'reluGradient' }
  /** Maximum over windows; sizes are rounded up, as in Caffe. */
  | ({ readonly type: 'maxPool' } & Window)
  /** x, dy */
  | ({ readonly type: 'maxPoolGradient' } & Window)
  /** 2×2 mean, stride 2, sizes rounded down. */
  | { readonly type: 'averagePool' }
  /** dy, x (for its size) */
  | { readonly type: 'averagePoolGradient' }
  /** Local response normalisation over `size` channels: y = x·(bias + alpha/size·Σx²)^−beta. */
  | ({ readonly type: 'lrn' } & LocalResponse)
  /** x, dy */
  | ({ readonly type: 'lrnGradient' } & LocalResponse)
  /** Along the channels. */
  | { readonly type: 'concatenate' }
  | { readonly type: 'channels'; readonly from: number; readonly to: number }
  | { readonly type: 'add' }
  | { readonly type: 'subtract' }
  | { readonly type: 'multiply' }
  | { readonly type: 'scale'; readonly factor: number }
  /** Mean over all elements: a scalar. */
  | { readonly type: 'mean' }
  /** dy (scalar), x (for its size) */
  | { readonly type: 'meanGradient' }
  | { readonly type: 'sum' }
  /** dy (scalar), x (for its size) */
  | { readonly type: 'sumGradient' }
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

/** What is to be computed: named outputs, and the gradient of a scalar by an input where it is wanted. */
export interface Program {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly gradient?: { readonly name: string; readonly of: Tensor; readonly by: Tensor };
}

const node = (operation: Operation, inputs: readonly Tensor[], shape: Shape): Tensor => ({
  operation,
  inputs,
  shape,
});

function pooled(size: Dimension, { kernel, stride, pad }: Window, round: 'floor' | 'ceil'): Dimension {
  if (typeof size === 'number') return Math[round]((size + 2 * pad - kernel) / stride) + 1;
  if (stride === 1 && 2 * pad === kernel - 1) return size;
  return `${round}((${size}+${2 * pad - kernel})/${stride})+1`;
}

const channelsOf = (x: Tensor): number => {
  const channels = x.shape[1];
  if (typeof channels !== 'number' || x.shape.length !== 4)
    throw new Error(`expected an NCHW tensor with known channels, got [${x.shape.join(', ')}]`);
  return channels;
};

function sameShape(a: Tensor, b: Tensor): Shape {
  if (a.shape.length === 0) return b.shape;
  if (b.shape.length === 0) return a.shape;
  if (a.shape.join() !== b.shape.join())
    throw new Error(`shapes differ: [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
  return a.shape;
}

function windowed(x: Tensor, window: Window, channels: number, round: 'floor' | 'ceil'): Shape {
  const [batch, , height, width] = x.shape;
  return [batch!, channels, pooled(height!, window, round), pooled(width!, window, round)];
}

export const input = (name: string, shape: Shape): Tensor => node({ type: 'input', name }, [], shape);

export function constant(data: Float32Array, shape: readonly number[]): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  if (size !== data.length) throw new Error(`${data.length} values for the shape [${shape.join(', ')}]`);
  return node({ type: 'constant', data }, [], shape);
}

/** @param kernel constant of shape [out, in, k, k] @param bias constant of shape [out] */
export function convolution(x: Tensor, kernel: Tensor, bias: Tensor, stride = 1, pad?: number): Tensor {
  const [out, into, size] = kernel.shape as readonly number[];
  if (channelsOf(x) !== into) throw new Error(`a kernel for ${into} channels on ${channelsOf(x)} channels`);
  const window = { kernel: size!, stride, pad: pad ?? (size! - 1) / 2 };
  return node({ type: 'convolution', ...window }, [x, kernel, bias], windowed(x, window, out!, 'floor'));
}

export const relu = (x: Tensor): Tensor => node({ type: 'relu' }, [x], x.shape);

export const maxPool = (x: Tensor, window: Window): Tensor =>
  node({ type: 'maxPool', ...window }, [x], windowed(x, window, channelsOf(x), 'ceil'));

export const averagePool = (x: Tensor): Tensor =>
  node({ type: 'averagePool' }, [x], windowed(x, { kernel: 2, stride: 2, pad: 0 }, channelsOf(x), 'floor'));

export const lrn = (x: Tensor, parameters: LocalResponse): Tensor =>
  node({ type: 'lrn', ...parameters }, [x], x.shape);

export function concatenate(parts: readonly Tensor[]): Tensor {
  const [batch, , height, width] = parts[0]!.shape;
  const channels = parts.reduce((sum, part) => sum + channelsOf(part), 0);
  return node({ type: 'concatenate' }, parts, [batch!, channels, height!, width!]);
}

export function channels(x: Tensor, from: number, to: number): Tensor {
  if (from < 0 || to > channelsOf(x) || from >= to)
    throw new Error(`channels ${from} to ${to} of ${channelsOf(x)}`);
  const [batch, , height, width] = x.shape;
  return node({ type: 'channels', from, to }, [x], [batch!, to - from, height!, width!]);
}

export const add = (a: Tensor, b: Tensor): Tensor => node({ type: 'add' }, [a, b], sameShape(a, b));
export const subtract = (a: Tensor, b: Tensor): Tensor => node({ type: 'subtract' }, [a, b], sameShape(a, b));
export const multiply = (a: Tensor, b: Tensor): Tensor => node({ type: 'multiply' }, [a, b], sameShape(a, b));
export const scale = (x: Tensor, factor: number): Tensor => node({ type: 'scale', factor }, [x], x.shape);
export const mean = (x: Tensor): Tensor => node({ type: 'mean' }, [x], []);
export const sum = (x: Tensor): Tensor => node({ type: 'sum' }, [x], []);
/** Gram matrix F·Fᵀ/N (Gatys et al. 2016, eq. 3, divided by the number of positions). */
export const gram = (x: Tensor): Tensor => node({ type: 'gram' }, [x], [channelsOf(x), channelsOf(x)]);

/** Operators that appear in gradients alone; `gradient.ts` builds them. */
export const backward = (operation: Operation, inputs: readonly Tensor[], shape: Shape): Tensor =>
  node(operation, inputs, shape);

/** Every tensor that the roots need, inputs before those who use them. */
export function inOrder(roots: readonly Tensor[]): Tensor[] {
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
