/** For each operator of tensor programs, a scalar that is computed with it from a small picture and other inputs. */
import {
  add,
  averagePool,
  concatenate,
  constant,
  convolution,
  crop,
  gram,
  lrn,
  matmul,
  maxPool,
  mean,
  multiply,
  spatialMean,
  power,
  relu,
  edgePad,
  scale,
  subtract,
  sum,
  transpose,
  clamp,
  cropLike,
  instanceNorm,
  log,
  reflectionPad,
  sigmoid,
  upsampleNearest,
  type Shape,
  type Tensor,
} from '../src/pipeline/graph/graph.js';
import { sequence } from './fixtures.js';

export const CHANNELS = 3;

const kernel = (out: number, into: number, k: number): Tensor =>
  constant(sequence(out * into * k * k, 7, -0.5, 0.5), [out, into, k, k]);
const bias = (out: number): Tensor => constant(sequence(out, 9, -0.1, 0.1), [out]);

/** Half the sum of squares: its gradient differs between elements. */
const energy = (x: Tensor): Tensor => scale(sum(multiply(x, x)), 0.5);

const column = (values: readonly number[]): Tensor =>
  constant(new Float32Array(values), [1, values.length, 1, 1]);

export const OPERATORS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  'convolution 3×3': (x) => energy(convolution(x, kernel(4, CHANNELS, 3), bias(4))),
  'convolution 5×5 then relu': (x) => energy(relu(convolution(x, kernel(4, CHANNELS, 5), bias(4)))),
  'convolution 7×7, stride 2': (x) => energy(convolution(x, kernel(4, CHANNELS, 7), bias(4), 2)),
  'convolution 3×3, stride 2, no padding': (x) =>
    energy(convolution(x, kernel(4, CHANNELS, 3), bias(4), 2, 0)),
  'overlapping max pool': (x) => energy(maxPool(x, { kernel: 3, stride: 2, pad: 0 }, 'ceil')),
  'overlapping max pool, rounded down': (x) => energy(maxPool(x, { kernel: 3, stride: 2, pad: 0 }, 'floor')),
  'max pool side by side': (x) => energy(maxPool(x, { kernel: 2, stride: 2, pad: 0 }, 'floor')),
  'max pool side by side, rounded up': (x) => energy(maxPool(x, { kernel: 2, stride: 2, pad: 0 }, 'ceil')),
  'max pool, stride 1': (x) => energy(maxPool(x, { kernel: 3, stride: 1, pad: 1 }, 'ceil')),
  'average pool': (x) => energy(averagePool(x, { kernel: 2, stride: 2, pad: 0 })),
  'average pool over the inside': (x) => energy(averagePool(x, { kernel: 3, stride: 1, pad: 1 })),
  'convolution 1×5': (x) =>
    energy(convolution(x, constant(sequence(4 * CHANNELS * 5, 7, -0.5, 0.5), [4, CHANNELS, 1, 5]), bias(4))),
  power: (x) => sum(power(add(multiply(x, x), constant(new Float32Array([0.5]), [])), -0.5)),
  crop: (x) => energy(crop(x, { top: 1, left: 2, bottom: 0, right: 1 })),
  'crop on all sides': (x) => energy(crop(x, { top: 2, left: 2, bottom: 2, right: 2 })),
  'replicated margin': (x) => energy(edgePad(x)),
  'reflected margin': (x) => energy(reflectionPad(x, 2)),
  'reflected margin, then convolution': (x) =>
    energy(convolution(reflectionPad(x, 1), kernel(4, CHANNELS, 3), bias(4), 2, 0)),
  'doubled, reflected margin, then convolution': (x) =>
    energy(convolution(reflectionPad(upsampleNearest(x, 2), 1), kernel(4, CHANNELS, 3), bias(4), 1, 0)),
  'convolution of many channels to few': (x) =>
    energy(convolution(concatenate(Array<Tensor>(6).fill(x)), kernel(2, 6 * CHANNELS, 5), bias(2))),
  'nearest upsampling': (x) => energy(multiply(upsampleNearest(x, 2), upsampleNearest(power(x, 2), 2))),
  'nearest upsampling by three': (x) => energy(reflectionPad(upsampleNearest(x, 3), 1)),
  'cropped to the size of another': (x) =>
    energy(add(cropLike(upsampleNearest(convolution(x, kernel(3, CHANNELS, 3), bias(3), 2), 2), x), x)),
  'instance normalisation': (x) =>
    energy(relu(instanceNorm(x, column([1, -0.5, 2]), column([0.1, 0.2, -0.3])))),
  sigmoid: (x) => energy(sigmoid(scale(x, 3))),
  log: (x) => energy(log(add(multiply(x, x), constant(new Float32Array([0.5]), [])))),
  clamp: (x) => energy(clamp(x, -0.4, 0.6)),
  'times its own mean': (x) => energy(multiply(subtract(mean(x), x), add(x, mean(x)))),
  'channel means': (x) => mean(multiply(spatialMean(x), spatialMean(x))),
  'matrix product': (x) => sum(matmul(transpose(gram(x)), matmul(gram(x), spatialMean(x)))),
  'stretched factor': (x) => energy(multiply(constant(new Float32Array([1, -2, 3]), [1, 3, 1, 1]), x)),
  'local response normalisation': (x) => energy(lrn(x, { size: 5, alpha: 0.7, beta: 0.75, bias: 1 })),
  concatenation: (x) => energy(concatenate([relu(x), scale(x, 2)])),
  'gram matrix': (x) => mean(multiply(gram(x), gram(x))),
  'sums and differences': (x) => mean(multiply(subtract(x, scale(x, 0.25)), add(x, x))),
};

export interface Operands {
  /** Shapes of the inputs beside the picture, by name. */
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly build: (x: Tensor, operands: readonly Tensor[]) => Tensor;
}

const PER_CHANNEL = [1, CHANNELS, 1, 1];
const PER_POSITION = [1, 1, 'height', 'width'];

/** Scalars of a picture and other inputs that are broadcast to its shape. */
export const BROADCAST: Readonly<Record<string, Operands>> = {
  'instance normalisation, twice': {
    shapes: { scale1: PER_CHANNEL, shift1: PER_CHANNEL, scale2: PER_CHANNEL, shift2: PER_CHANNEL },
    build: (x, [scale1, shift1, scale2, shift2]) => {
      const first = sigmoid(instanceNorm(x, scale1!, shift1!));
      const mixed = convolution(first, kernel(CHANNELS, CHANNELS, 3), bias(CHANNELS));
      return energy(add(sigmoid(instanceNorm(mixed, scale2!, shift2!)), first));
    },
  },
  'sum with each channel, position and scalar': {
    shapes: { channel: PER_CHANNEL, position: PER_POSITION, scalar: [] },
    build: (x, [channel, position, scalar]) => energy(add(add(add(x, channel!), position!), scalar!)),
  },
  'difference with each channel, position and scalar': {
    shapes: { channel: PER_CHANNEL, position: PER_POSITION, scalar: [] },
    build: (x, [channel, position, scalar]) =>
      energy(subtract(scalar!, subtract(channel!, subtract(position!, x)))),
  },
  'product with each channel, position and scalar': {
    shapes: { channel: PER_CHANNEL, position: PER_POSITION, scalar: [] },
    build: (x, [channel, position, scalar]) =>
      energy(multiply(multiply(channel!, position!), multiply(x, scalar!))),
  },
};
