/** SqueezeNet 1.1 (Iandola et al. 2016) in its authors' Caffe weights. */
import { assemble, DATA, survey, type Layer } from './architecture.js';
import { CAFFE_INPUT, caffe, preprocess, type Network } from './network.js';

const conv = (name: string, from: string, out: number, side: number, stride = 1, pad?: number): Layer => ({
  name,
  from: [from],
  type: 'convolution',
  out,
  kernel: [side, side],
  stride,
  ...(pad === undefined ? {} : { pad }),
  relu: true,
});

const pool = (name: string, from: string): Layer => ({
  name,
  from: [from],
  type: 'maxPool',
  kernel: 3,
  stride: 2,
  pad: 0,
  round: 'ceil',
});

/** A fire module: squeezes to few channels, then expands them with 1×1 and 3×3 kernels in parallel. */
function fire(n: number, from: string, squeeze: number, expand: number): Layer[] {
  const at = (part: string) => `fire${n}/${part}`;
  return [
    conv(at('squeeze1x1'), from, squeeze, 1),
    conv(at('expand1x1'), at('squeeze1x1'), expand, 1),
    conv(at('expand3x3'), at('squeeze1x1'), expand, 3),
    { name: at('concat'), from: [at('expand1x1'), at('expand3x3')], type: 'concatenate' },
  ];
}

const layers: readonly Layer[] = [
  conv('conv1', DATA, 64, 3, 2, 0),
  pool('pool1', 'conv1'),
  ...fire(2, 'pool1', 16, 64),
  ...fire(3, 'fire2/concat', 16, 64),
  pool('pool3', 'fire3/concat'),
  ...fire(4, 'pool3', 32, 128),
  ...fire(5, 'fire4/concat', 32, 128),
  pool('pool5', 'fire5/concat'),
  ...fire(6, 'pool5', 48, 192),
  ...fire(7, 'fire6/concat', 48, 192),
  ...fire(8, 'fire7/concat', 64, 256),
  ...fire(9, 'fire8/concat', 64, 256),
  conv('conv10', 'fire9/concat', 1000, 1),
];

export const squeezenet: Network = {
  name: 'squeezenet',
  title: 'SqueezeNet 1.1, small and quick',
  ...survey(layers),
  classifier: 'conv10:pre',
  style: {
    styleTaps: ['conv1', 'fire2/concat', 'fire3/concat', 'fire5/concat', 'fire7/concat'],
    contentTap: 'fire5/concat',
  },
  dreams: {
    layer: 'fire5/concat',
    offered: [
      { name: 'fire3/concat', shows: 'fine textures' },
      { name: 'fire5/concat', shows: 'patterns' },
      { name: 'fire7/concat', shows: 'eyes and fur' },
      { name: 'fire9/concat', shows: 'parts of animals' },
    ],
  },
  pooling: 'max',
  sideMin: 32,
  build: (image, weights) => assemble(layers, preprocess(image, CAFFE_INPUT), caffe(weights)),
};
