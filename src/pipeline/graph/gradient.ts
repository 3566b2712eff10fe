/** Reverse-mode differentiation of tensor programs: a gradient is built as further nodes of the same graph. */
import {
  add,
  backward,
  channels,
  constant,
  instanceNorm,
  matmul,
  multiply,
  power,
  scale,
  subtract,
  sum,
  topologicalOrder,
  transpose,
  type Operation,
  type Tensor,
} from './graph.js';

/** The gradients with respect to the inputs of y, given dy; `undefined` where `wanted` is false or there is none. */
type Rule = (y: Tensor, dy: Tensor, wanted: readonly boolean[]) => (Tensor | undefined)[];

/** The gradient of a reduction to a scalar. */
const ofReduction = (type: 'meanGradient' | 'sumGradient'): Rule => {
  return (y, dy) => [backward({ type }, [dy, y.inputs[0]!], y.inputs[0]!.shape)];
};

/** A gradient operator that takes x and dy. */
const withInput = (y: Tensor, dy: Tensor, operation: Operation): Tensor[] => [
  backward(operation, [y.inputs[0]!, dy], y.inputs[0]!.shape),
];

const none: Rule = () => [];

const zeros = (channels: number): Tensor => constant(new Float32Array(channels), [1, channels, 1, 1]);
const ones = (channels: number): Tensor => constant(new Float32Array(channels).fill(1), [1, channels, 1, 1]);

/** Sums over some axes, each of which becomes 1. */
const sumOver = (x: Tensor, axes: readonly number[]): Tensor =>
  backward(
    { type: 'sumOver', axes },
    [x],
    x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
  );

/** Sums over the axes along which an operand was broadcast. */
function toOperand(gradient: Tensor, operand: Tensor): Tensor {
  if (operand.shape.length < gradient.shape.length) return sum(gradient);
  const axes = gradient.shape.flatMap((size, axis) => (size === operand.shape[axis] ? [] : [axis]));
  return axes.length === 0 ? gradient : sumOver(gradient, axes);
}

const elementwise = (rule: (dy: Tensor, a: Tensor, b: Tensor) => [Tensor, Tensor]): Rule => {
  return (y, dy, wanted) => {
    const operands = y.inputs as [Tensor, Tensor];
    return rule(dy, ...operands).map((gradient, i) =>
      wanted[i] ? toOperand(gradient, operands[i]!) : undefined,
    );
  };
};

/** With n the normalised x: dshift = Σ dy, dscale = Σ dy·n, dx = scale/σ · (dy − dshift/N − n·dscale/N). */
const ofInstanceNorm: Rule = (y, dy) => {
  const { epsilon } = y.operation as Extract<Operation, { type: 'instanceNorm' }>;
  const [x, factor] = y.inputs as [Tensor, Tensor];
  const channels = x.shape[1] as number;
  const normalised = instanceNorm(x, ones(channels), zeros(channels), epsilon);
  const dshift = sumOver(dy, [2, 3]);
  const dscale = sumOver(multiply(dy, normalised), [2, 3]);
  const operation = { type: 'instanceNormGradient', epsilon } as const;
  const inner = backward(operation, [x, normalised, dy, dshift, dscale], x.shape);
  return [multiply(inner, factor), dscale, dshift];
};

const RULES: Readonly<Partial<Record<Operation['type'], Rule>>> = {
  input: none,
  constant: none,
  convolution: (y, dy) => {
    const operation = y.operation as Extract<Operation, { type: 'convolution' }>;
    const [x, kernel] = y.inputs;
    return [
      backward({ ...operation, type: 'convolutionGradient' }, [dy, kernel!, x!], x!.shape),
      undefined,
      undefined,
    ];
  },
  relu: (y, dy) => [backward({ type: 'reluGradient' }, [y, dy], y.shape)],
  maxPool: (y, dy) =>
    withInput(y, dy, {
      ...(y.operation as Extract<Operation, { type: 'maxPool' }>),
      type: 'maxPoolGradient',
    }),
  averagePool: (y, dy) => {
    const operation = y.operation as Extract<Operation, { type: 'averagePool' }>;
    return [backward({ ...operation, type: 'averagePoolGradient' }, [dy, y.inputs[0]!], y.inputs[0]!.shape)];
  },
  lrn: (y, dy) =>
    withInput(y, dy, { ...(y.operation as Extract<Operation, { type: 'lrn' }>), type: 'lrnGradient' }),
  instanceNorm: ofInstanceNorm,
  concatenate: (y, dy, wanted) => {
    let from = 0;
    return y.inputs.map((part, i) => {
      const to = from + (part.shape[1] as number);
      const gradient = wanted[i] ? channels(dy, from, to) : undefined;
      from = to;
      return gradient;
    });
  },
  crop: (y, dy) => [
    backward(
      { ...(y.operation as Extract<Operation, { type: 'crop' }>), type: 'cropGradient' },
      [dy],
      y.inputs[0]!.shape,
    ),
  ],
  cropLike: (y, dy) => [
    backward({ type: 'cropLikeGradient' }, [dy, y.inputs[0]!], y.inputs[0]!.shape),
    undefined,
  ],
  reflectionPad: (y, dy) => {
    const { by } = y.operation as Extract<Operation, { type: 'reflectionPad' }>;
    return [backward({ type: 'reflectionPadGradient', by }, [dy], y.inputs[0]!.shape)];
  },
  upsampleNearest: (y, dy) => {
    const { factor } = y.operation as Extract<Operation, { type: 'upsampleNearest' }>;
    const blocks = { kernel: [factor, factor], stride: factor, pad: [0, 0] } as const;
    return [scale(backward({ type: 'averagePool', ...blocks }, [dy], y.inputs[0]!.shape), factor ** 2)];
  },
  edgePad: (y, dy) => [backward({ type: 'edgePadGradient' }, [dy], y.inputs[0]!.shape)],
  sigmoid: (y, dy) => [multiply(dy, subtract(y, multiply(y, y)))],
  log: (y, dy) => [multiply(dy, power(y.inputs[0]!, -1))],
  clamp: (y, dy) => [backward({ type: 'clampGradient' }, [y.inputs[0]!, y, dy], y.shape)],
  add: elementwise((dy) => [dy, dy]),
  subtract: elementwise((dy) => [dy, scale(dy, -1)]),
  multiply: elementwise((dy, a, b) => [multiply(dy, b), multiply(dy, a)]),
  matmul: (y, dy, wanted) => {
    const [a, b] = y.inputs as [Tensor, Tensor];
    return [
      wanted[0] ? matmul(dy, transpose(b)) : undefined,
      wanted[1] ? matmul(transpose(a), dy) : undefined,
    ];
  },
  transpose: (_, dy) => [transpose(dy)],
  spatialMean: (y, dy) => withInput(y, dy, { type: 'spatialMeanGradient' }),
  stopGradient: none,
  nearestNeighbour: none,
  customGradient: (y, dy) => [undefined, multiply(dy, y.inputs[2]!), undefined],
  scale: (y, dy) => [scale(dy, (y.operation as Extract<Operation, { type: 'scale' }>).factor)],
  power: (y, dy) => {
    const { exponent } = y.operation as Extract<Operation, { type: 'power' }>;
    return [multiply(dy, scale(power(y.inputs[0]!, exponent - 1), exponent))];
  },
  mean: ofReduction('meanGradient'),
  sum: ofReduction('sumGradient'),
  gram: (y, dy) => withInput(y, dy, { type: 'gramGradient' }),
};

/**
 * The gradients of a scalar with respect to `variables`, each of its variable's shape, in one backward pass.
 * @throws Error if `of` is not a scalar, does not depend on one of the variables, or depends on them through an operator
 *   without a rule
 */
export function gradients(of: Tensor, variables: readonly Tensor[]): Tensor[] {
  if (of.shape.length !== 0)
    throw new Error(`only a scalar can be differentiated, not [${of.shape.join(', ')}]`);
  const order = topologicalOrder([of]);
  const depends = new Set<Tensor>(variables);
  for (const tensor of order) if (tensor.inputs.some((i) => depends.has(i))) depends.add(tensor);

  const sums = new Map<Tensor, Tensor>([[of, constant(new Float32Array([1]), [])]]);
  for (const y of order.reverse()) {
    const dy = sums.get(y);
    if (!dy || variables.includes(y) || !depends.has(y)) continue;
    const rule = RULES[y.operation.type];
    if (!rule) throw new Error(`no gradient for '${y.operation.type}'`);
    const wanted = y.inputs.map((i) => depends.has(i));
    rule(y, dy, wanted).forEach((dx, i) => {
      const x = y.inputs[i]!;
      if (!dx || !wanted[i]) return;
      const partial = sums.get(x);
      sums.set(x, partial ? add(partial, dx) : dx);
    });
  }
  return variables.map((variable) => {
    const sum = sums.get(variable);
    if (!sum || !depends.has(of)) throw new Error('the scalar does not depend on the variable');
    return sum;
  });
}

/** The gradient of a scalar with respect to one variable. @throws Error as `gradients` does */
export const gradient = (of: Tensor, variable: Tensor): Tensor => gradients(of, [variable])[0]!;
