/** GoogLeNet (Szegedy et al. 2015) in the weights of BVLC's Caffe model zoo. */
import { concatenate, constant, convolution, lrn, maxPool, relu, type Tensor } from '../graph/graph.js';
import type { TapInfo } from '../contract.js';
import { kernelOf, preprocess, type Network } from './network.js';
import type { Weights } from './safetensors.js';

/** Channels of each inception's branches, in the order of `BRANCHES`. */
const INCEPTIONS: Readonly<Record<string, readonly number[]>> = {
  '3a': [64, 96, 128, 16, 32, 32],
  '3b': [128, 128, 192, 32, 96, 64],
  '4a': [192, 96, 208, 16, 48, 64],
  '4b': [160, 112, 224, 24, 64, 64],
  '4c': [128, 128, 256, 24, 64, 64],
  '4d': [112, 144, 288, 32, 64, 64],
  '4e': [256, 160, 320, 32, 128, 128],
  '5a': [256, 160, 320, 32, 128, 128],
  '5b': [384, 192, 384, 48, 128, 128],
};
const NAMES = Object.keys(INCEPTIONS);
/** Multiply-adds per input pixel: stem, then inceptions in order; measured from the layer sizes. */
const COSTS = [9500, 12000, 18500, 20000, 21800, 23700, 25900, 29300, 30400, 31900];

const BRANCHES = ['1x1', '3x3_reduce', '3x3', '5x5_reduce', '5x5', 'pool_proj'] as const;

const taps: TapInfo[] = [
  { name: 'conv1/7x7_s2', channels: 64 },
  { name: 'pool1/3x3_s2', channels: 64 },
  { name: 'pool1/norm1', channels: 64 },
  { name: 'conv2/3x3_reduce', channels: 64 },
  { name: 'conv2/3x3', channels: 192 },
  { name: 'conv2/norm2', channels: 192 },
  { name: 'pool2/3x3_s2', channels: 192 },
  ...Object.entries(INCEPTIONS).flatMap(([name, widths]) => [
    ...BRANCHES.map((branch, i) => ({ name: `inception_${name}/${branch}`, channels: widths[i]! })),
    {
      name: `inception_${name}/output`,
      channels: BRANCHES.reduce((sum, branch, i) => sum + (branch.endsWith('_reduce') ? 0 : widths[i]!), 0),
    },
  ]),
];

const LRN = { size: 5, alpha: 1e-4, beta: 0.75, bias: 1 };
const halving = { kernel: 3, stride: 2, pad: 0 };

function build(image: Tensor, weights: Weights): ReadonlyMap<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  const keep = (name: string, x: Tensor): Tensor => {
    tensors.set(name, x);
    return x;
  };
  const conv = (name: string, x: Tensor, stride = 1): Tensor => {
    const bias = weights(`${name}/bias`);
    const kernel = kernelOf(weights(`${name}/weight`), 'OIHW');
    return keep(name, relu(convolution(x, kernel, constant(bias.data, [bias.data.length]), stride)));
  };
  const inception = (name: string, x: Tensor): Tensor => {
    const at = (branch: (typeof BRANCHES)[number]) => `inception_${name}/${branch}`;
    const around = maxPool(x, { kernel: 3, stride: 1, pad: 1 }, 'ceil');
    return keep(
      `inception_${name}/output`,
      concatenate([
        conv(at('1x1'), x),
        conv(at('3x3'), conv(at('3x3_reduce'), x)),
        conv(at('5x5'), conv(at('5x5_reduce'), x)),
        conv(at('pool_proj'), around),
      ]),
    );
  };

  let x = preprocess(image, { order: 'BGR', factors: [255, 255, 255], offsets: [-104, -117, -123] });
  x = keep('pool1/3x3_s2', maxPool(conv('conv1/7x7_s2', x, 2), halving, 'ceil'));
  x = keep('pool1/norm1', lrn(x, LRN));
  x = keep('conv2/norm2', lrn(conv('conv2/3x3', conv('conv2/3x3_reduce', x)), LRN));
  x = keep('pool2/3x3_s2', maxPool(x, halving, 'ceil'));
  for (const name of NAMES) {
    if (name === '4a' || name === '5a') x = maxPool(x, halving, 'ceil');
    x = inception(name, x);
  }
  return tensors;
}

export const googlenet: Network = {
  name: 'googlenet',
  title: 'GoogLeNet, the classic of deep dream',
  taps,
  style: undefined,
  dreams: {
    layer: 'inception_4c/output',
    offered: [
      { name: 'conv2/3x3', shows: 'contours, scales' },
      { name: 'inception_3a/output', shows: 'bands, mosaic, cubist tiles' },
      { name: 'inception_3b/output', shows: 'leopard spots, strokes' },
      { name: 'inception_4a/output', shows: 'fur' },
      { name: 'inception_4b/output', shows: 'eyes' },
      { name: 'inception_4c/output', shows: 'the classic: animals everywhere' },
      { name: 'inception_4d/output', shows: 'dogs' },
      { name: 'inception_4e/output', shows: 'birds' },
      { name: 'inception_5a/output', shows: 'whole objects' },
    ],
  },
  multiplyAdds(tap) {
    const inception = NAMES.findIndex((name) => tap.startsWith(`inception_${name}/`));
    return COSTS[inception + 1]!;
  },
  build,
};
