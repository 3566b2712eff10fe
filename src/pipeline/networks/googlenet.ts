/** GoogLeNet (Szegedy et al. 2015, "Going Deeper with Convolutions") in the weights of BVLC's Caffe model zoo. */
import { assemble, DATA, survey, type Layer } from './architecture.js';
import { CAFFE_INPUT, caffe, preprocess, type Network } from './network.js';

/** Channels of the branches of each inception module: 1×1, 3×3 reduce, 3×3, 5×5 reduce, 5×5, pool projection. */
const INCEPTIONS: Readonly<Record<string, readonly [number, number, number, number, number, number]>> = {
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

const LRN = { type: 'lrn', size: 5, alpha: 1e-4, beta: 0.75, bias: 1 } as const;

const conv = (name: string, from: string, out: number, side: number, stride = 1): Layer => ({
  name,
  from: [from],
  type: 'convolution',
  out,
  kernel: [side, side],
  stride,
  relu: true,
});

/** Caffe rounds the output size of a pool up. */
const pool = (name: string, from: string, stride = 2): Layer => ({
  name,
  from: [from],
  type: 'maxPool',
  kernel: 3,
  stride,
  pad: stride === 1 ? 1 : 0,
  round: 'ceil',
});

function inception(block: string, from: string): Layer[] {
  const at = (branch: string) => `inception_${block}/${branch}`;
  const [single, reduce3, three, reduce5, five, projection] = INCEPTIONS[block]!;
  return [
    conv(at('1x1'), from, single, 1),
    conv(at('3x3_reduce'), from, reduce3, 1),
    conv(at('3x3'), at('3x3_reduce'), three, 3),
    conv(at('5x5_reduce'), from, reduce5, 1),
    conv(at('5x5'), at('5x5_reduce'), five, 5),
    pool(at('pool'), from, 1),
    conv(at('pool_proj'), at('pool'), projection, 1),
    { name: at('output'), from: ['1x1', '3x3', '5x5', 'pool_proj'].map(at), type: 'concatenate' },
  ];
}

/**
 * The classifier, applied at every position. The mean over all positions is the score of the picture, because the
 * original averages the positions before this layer and the layer is linear.
 */
const CLASSIFIER = 'loss3/classifier';

const layers: readonly Layer[] = [
  conv('conv1/7x7_s2', DATA, 64, 7, 2),
  pool('pool1/3x3_s2', 'conv1/7x7_s2'),
  { name: 'pool1/norm1', from: ['pool1/3x3_s2'], ...LRN },
  conv('conv2/3x3_reduce', 'pool1/norm1', 64, 1),
  conv('conv2/3x3', 'conv2/3x3_reduce', 192, 3),
  { name: 'conv2/norm2', from: ['conv2/3x3'], ...LRN },
  pool('pool2/3x3_s2', 'conv2/norm2'),
  ...inception('3a', 'pool2/3x3_s2'),
  ...inception('3b', 'inception_3a/output'),
  pool('pool3/3x3_s2', 'inception_3b/output'),
  ...inception('4a', 'pool3/3x3_s2'),
  ...inception('4b', 'inception_4a/output'),
  ...inception('4c', 'inception_4b/output'),
  ...inception('4d', 'inception_4c/output'),
  ...inception('4e', 'inception_4d/output'),
  pool('pool4/3x3_s2', 'inception_4e/output'),
  ...inception('5a', 'pool4/3x3_s2'),
  ...inception('5b', 'inception_5a/output'),
  {
    name: CLASSIFIER,
    from: ['inception_5b/output'],
    type: 'convolution',
    out: 1000,
    kernel: [1, 1],
    stride: 1,
    relu: false,
  },
];

export const googlenet: Network = {
  name: 'googlenet',
  title: 'GoogLeNet, the classic of deep dream',
  ...survey(layers),
  classifier: CLASSIFIER,
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
  pooling: 'max',
  sideMin: 32,
  build: (image, weights) => assemble(layers, preprocess(image, CAFFE_INPUT), caffe(weights)),
};
