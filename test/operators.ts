/** For each operator of tensor programs, a scalar that is computed from a small picture with it. */
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
  type Tensor,
} from '../src/pipeline/graph/graph.js';
import { sequence } from './fixtures.js';

export const CHANNELS = 3;

const kernel = (out: number, into: number, k: number): Tensor =>
  constant(sequence(out * into * k * k, 7, -0.5, 0.5), [out, into, k, k]);
const bias = (out: number): Tensor => constant(sequence(out, 9, -0.1, 0.1), [out]);

/** Half the sum of squares: its gradient differs between elements. */
const energy = (x: Tensor): Tensor => scale(sum(multiply(x, x)), 0.5);

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
  'channel means': (x) => mean(multiply(spatialMean(x), spatialMean(x))),
  'matrix product': (x) => sum(matmul(transpose(gram(x)), matmul(gram(x), spatialMean(x)))),
  'stretched factor': (x) => energy(multiply(constant(new Float32Array([1, -2, 3]), [1, 3, 1, 1]), x)),
  'local response normalisation': (x) => energy(lrn(x, { size: 5, alpha: 0.7, beta: 0.75, bias: 1 })),
  concatenation: (x) => energy(concatenate([relu(x), scale(x, 2)])),
  'gram matrix': (x) => mean(multiply(gram(x), gram(x))),
  'sums and differences': (x) => mean(multiply(subtract(x, scale(x, 0.25)), add(x, x))),
};
