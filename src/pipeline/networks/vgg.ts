/** Plain stacks of 3×3 convolutions: VGG19 (Simonyan and Zisserman 2015) and the bundled mini network. */
import type { TapSummary } from '../renderer.js';
import type { NetworkName } from '../requests.js';
import { assemble, DATA, survey, type Layer } from './architecture.js';
import { keras, preprocess, type Network, type Pooling, type Preprocessing } from './network.js';

interface Stack {
  readonly name: NetworkName;
  readonly title: string;
  readonly blocks: readonly { readonly width: number; readonly convolutions: number }[];
  /** The pooling that it was trained with. */
  readonly pools: Pooling;
  readonly input: Preprocessing;
  readonly contentTap: string;
  /** The number of classes, if the network has a classifier. */
  readonly classes?: number;
  readonly dreams: { readonly layer: string; readonly offered: readonly TapSummary[] };
}

/**
 * The classifier, applied at every position. The mean over all positions is the score of the picture, because in training
 * the positions are averaged before this layer and the layer is linear.
 */
const CLASSIFIER = 'predictions';

const convolution = (name: string, from: string, out: number, side: number, relu = true): Layer => ({
  name,
  from: [from],
  type: 'convolution',
  out,
  kernel: [side, side],
  stride: 1,
  relu,
});

const layersOf = ({ blocks, classes }: Stack, pooling: Pooling): Layer[] => {
  const layers: Layer[] = [];
  let from = DATA;
  for (const [b, { width, convolutions }] of blocks.entries()) {
    const block = `block${b + 1}`;
    for (let c = 1; c <= convolutions; c++) {
      layers.push(convolution(`${block}_conv${c}`, from, width, 3));
      from = `${block}_conv${c}`;
    }
    if (classes !== undefined && b === blocks.length - 1)
      layers.push(convolution(CLASSIFIER, from, classes, 1, false));
    const halving = { name: `${block}_pool`, from: [from], kernel: 2, stride: 2, pad: 0 };
    layers.push(
      pooling === 'average'
        ? { ...halving, type: 'averagePool' }
        : { ...halving, type: 'maxPool', round: 'floor' },
    );
    from = halving.name;
  }
  return layers;
};

function stack(definition: Stack): Network {
  return {
    name: definition.name,
    title: definition.title,
    ...survey(layersOf(definition, definition.pools)),
    ...(definition.classes === undefined ? {} : { classifier: CLASSIFIER }),
    style: {
      styleTaps: definition.blocks.map((_, b) => `block${b + 1}_conv1`),
      contentTap: definition.contentTap,
    },
    dreams: definition.dreams,
    pooling: definition.pools,
    sideMin: 32,
    build: (image, weights, { pooling = definition.pools, edges } = {}) =>
      assemble(layersOf(definition, pooling), preprocess(image, definition.input), keras(weights), edges),
  };
}

/** The project's own network, trained on Tiny ImageNet; models/mini.json is its card. */
export const mini = stack({
  name: 'mini',
  title: 'mini, the small network that comes with Reverie',
  blocks: [
    { width: 24, convolutions: 2 },
    { width: 48, convolutions: 2 },
    { width: 96, convolutions: 3 },
    { width: 192, convolutions: 3 },
    { width: 256, convolutions: 2 },
  ],
  pools: 'average',
  input: {
    order: 'RGB',
    factors: [1 / 0.229, 1 / 0.224, 1 / 0.225],
    offsets: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
  },
  contentTap: 'block4_conv2',
  classes: 200,
  dreams: {
    layer: 'block4_conv3',
    offered: [
      { name: 'block2_conv2', shows: 'wavy line patterns' },
      { name: 'block3_conv3', shows: 'eyes' },
      { name: 'block4_conv2', shows: "dogs' and bears' faces" },
      { name: 'block4_conv3', shows: 'jellyfish, ladybirds, faces' },
      { name: 'block5_conv1', shows: 'sheep, birds, boats' },
    ],
  },
});

/** VGG19 in its original Caffe weights: BGR, 0–255, zero padding. */
export const vgg19 = stack({
  name: 'vgg19',
  title: 'VGG19, the classic of style transfer',
  blocks: [
    { width: 64, convolutions: 2 },
    { width: 128, convolutions: 2 },
    { width: 256, convolutions: 4 },
    { width: 512, convolutions: 4 },
    { width: 512, convolutions: 4 },
  ],
  pools: 'max',
  input: { order: 'BGR', factors: [255, 255, 255], offsets: [-103.939, -116.779, -123.68] },
  contentTap: 'block4_conv2',
  dreams: {
    layer: 'block4_conv4',
    offered: [
      { name: 'block2_conv2', shows: 'fine textures' },
      { name: 'block3_conv4', shows: 'scales and mosaics' },
      { name: 'block4_conv4', shows: 'eyes and fur' },
      { name: 'block5_conv2', shows: 'parts of animals' },
    ],
  },
});
