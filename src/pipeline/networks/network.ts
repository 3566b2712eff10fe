import { ReverieError } from '../../errors.js';
import type { TapInfo, TapSummary } from '../renderer.js';
import type { NetworkName } from '../requests.js';
import type { Tensor } from '../graph/graph.js';
import { constant, convolution } from '../graph/graph.js';
import type { Weights, WeightTensor } from './safetensors.js';

export type Pooling = 'average' | 'max';
export type Edges = 'zeros' | 'replicated';

export interface BuildOptions {
  /**
   * How a plain stack of convolutions pools; without it as it did when it was trained. Averages instead of maxima give
   * smoother gradients (Gatys et al. 2016, section 2) and softer strokes.
   */
  readonly pooling?: Pooling | undefined;
  /**
   * What a plain stack of convolutions sees beyond the picture's edge. It was trained with zeros, which an optimiser
   * answers with dark borders.
   */
  readonly edges?: Edges;
}

/** A convolutional network as a function from an RGB image in [0,1] to the activations of its layers. */
export interface Network {
  readonly name: NetworkName;
  readonly title: string;
  /** Every layer by its original name, in order; a convolution's name is after its ReLU, with `:pre` before it. */
  readonly taps: readonly TapInfo[];
  /** The layer that scores classes, one channel for each, where the file has it. */
  readonly classifier?: string;
  /** The layers whose Gram matrices make a style, and the one that keeps the content. */
  readonly style: { readonly styleTaps: readonly string[]; readonly contentTap: string } | undefined;
  readonly dreams: { readonly layer: string; readonly offered: readonly TapSummary[] };
  /** Shorter sides vanish before the last layer. */
  readonly sideMin: number;
  /** Multiply-adds per input pixel up to a layer: what one forward pass costs. */
  readonly multiplyAdds: (tap: string) => number;
  /** The tensors of the taps; only what they need ends up in a program. */
  build(image: Tensor, weights: Weights, options?: BuildOptions): ReadonlyMap<string, Tensor>;
}

/**
 * @param count how many channels there are; a file of one's own may tell fewer classes apart than the bundled one
 * @throws ReverieError `invalid-parameter`, saying how many channels the layer has
 */
export function checkChannels(
  network: Network,
  layer: string,
  range: readonly [number, number] | undefined,
  count = network.taps.find(({ name }) => name === layer)!.channels,
): void {
  if (!range || range[1] < count) return;
  throw new ReverieError(
    'invalid-parameter',
    `Layer ${layer} of ${network.name} has channels 0 to ${count - 1}.`,
    { details: { reason: 'channel', network: network.name, layer, last: count - 1 } },
  );
}

/** A kernel as OIHW, whatever the file's order. One without height and width is a dense layer's: a 1×1 convolution. */
export function kernelOf({ shape, data }: WeightTensor, layout: 'OIHW' | 'HWIO'): Tensor {
  if (layout === 'OIHW') return constant(data, shape);
  const [out = 1, into = 1, width = 1, height = 1] = shape.toReversed();
  const area = height * width;
  const turned = new Float32Array(data.length);
  for (let p = 0; p < area; p++)
    for (let i = 0; i < into; i++)
      for (let o = 0; o < out; o++) turned[(o * into + i) * area + p] = data[(p * into + i) * out + o]!;
  return constant(turned, [out, into, height, width]);
}

/** Kernel and bias under Caffe's names. */
export const caffe = (weights: Weights) => (layer: string) => {
  const { data } = weights(`${layer}/bias`);
  return { kernel: kernelOf(weights(`${layer}/weight`), 'OIHW'), bias: constant(data, [data.length]) };
};

/** Kernel and bias under Keras' names. */
export const keras = (weights: Weights) => (layer: string) => {
  const { data } = weights(`${layer}/bias`);
  return { kernel: kernelOf(weights(`${layer}/kernel`), 'HWIO'), bias: constant(data, [data.length]) };
};

export interface Preprocessing {
  readonly order: 'RGB' | 'BGR';
  readonly factors: readonly [number, number, number];
  readonly offsets: readonly [number, number, number];
}

/** BGR, 0–255, less the mean colour of Caffe's reference networks. */
export const CAFFE_INPUT: Preprocessing = {
  order: 'BGR',
  factors: [255, 255, 255],
  offsets: [-104, -117, -123],
};

/** Per-channel y = factor·x[order] + offset as a 1×1 convolution, so that zero padding comes after it. */
export function preprocess(image: Tensor, { order, factors, offsets }: Preprocessing): Tensor {
  const kernel = new Float32Array(9);
  for (let c = 0; c < 3; c++) kernel[c * 3 + (order === 'RGB' ? c : 2 - c)] = factors[c]!;
  return convolution(image, constant(kernel, [3, 3, 1, 1]), constant(Float32Array.from(offsets), [3]));
}
