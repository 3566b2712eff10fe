/** Plain stacks of 3×3 convolutions: VGG19 (Simonyan and Zisserman 2015) and the bundled mini network. */
import type { NetworkName, TapSummary } from '../contract.js';
import { averagePool, constant, convolution, relu, type Tensor } from '../graph/graph.js';
import { kernelOf, preprocess, type Network } from './network.js';
import type { Weights } from './safetensors.js';

interface Stack {
  readonly name: NetworkName;
  readonly title: string;
  readonly blocks: readonly { readonly width: number; readonly convolutions: number }[];
  readonly input: Parameters<typeof preprocess>[1];
  readonly contentTap: string;
  readonly dreams: { readonly layer: string; readonly offered: readonly TapSummary[] };
}

interface Layer {
  readonly tap: string;
  readonly firstOfBlock: boolean;
  readonly into: number;
  readonly out: number;
  /** Side of the input over side of this layer. */
  readonly stride: number;
}

function layersOf({ blocks }: Stack): Layer[] {
  let into = 3;
  return blocks.flatMap(({ width, convolutions }, b) =>
    Array.from({ length: convolutions }, (_, c) => {
      const layer = {
        tap: `block${b + 1}_conv${c + 1}`,
        firstOfBlock: c === 0 && b > 0,
        into,
        out: width,
        stride: 2 ** b,
      };
      into = width;
      return layer;
    }),
  );
}

function stack(definition: Stack): Network {
  const layers = layersOf(definition);
  const taps = layers.map(({ tap, out }) => ({ name: tap, channels: out }));
  const costs = new Map<string, number>();
  let cost = 0;
  for (const { tap, into, out, stride } of layers) costs.set(tap, (cost += (into * out * 9) / stride ** 2));
  return {
    name: definition.name,
    title: definition.title,
    taps,
    style: {
      styleTaps: definition.blocks.map((_, b) => `block${b + 1}_conv1`),
      contentTap: definition.contentTap,
    },
    dreams: definition.dreams,
    multiplyAdds: (tap) => costs.get(tap) ?? cost,
    build(image: Tensor, weights: Weights) {
      const tensors = new Map<string, Tensor>();
      let x = preprocess(image, definition.input);
      for (const { tap, firstOfBlock } of layers) {
        if (firstOfBlock) x = averagePool(x, { kernel: 2, stride: 2, pad: 0 });
        const kernel = kernelOf(weights(`${tap}/kernel`), 'HWIO');
        const bias = weights(`${tap}/bias`);
        x = relu(convolution(x, kernel, constant(bias.data, bias.shape)));
        tensors.set(tap, x);
      }
      return tensors;
    },
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
  input: {
    order: 'RGB',
    factors: [1 / 0.229, 1 / 0.224, 1 / 0.225],
    offsets: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
  },
  contentTap: 'block4_conv2',
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

/**
 * VGG19 in its original Caffe weights: BGR, 0–255, zero padding. Its pools are averages here, as Gatys et al. 2016
 * (section 2) found smoother.
 */
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
