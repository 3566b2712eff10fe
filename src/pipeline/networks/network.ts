import { ReverieError } from '../../errors.js';
import type { TapInfo, TapSummary } from '../renderer.js';
import type { NetworkName } from '../requests.js';
import { constant, convolution, type Shape, type Tensor } from '../graph/graph.js';
import type { Edges, Parameters } from './architecture.js';
import type { Shapes, Weights, WeightTensor } from './safetensors.js';

export type Pooling = 'average' | 'max';

export interface BuildOptions {
  /**
   * How a plain stack of convolutions pools; defaults to the pooling it was trained with. Average pooling gives smoother gradients
   * than max pooling (Gatys et al. 2016, section 2) and softer strokes.
   */
  readonly pooling?: Pooling | undefined;
  /**
   * How a plain stack of convolutions is padded. It was trained with zeros, but an image optimised under zero padding
   * gets dark borders.
   */
  readonly edges?: Edges;
}

/** A convolutional network as a function from an RGB image in [0,1] to the activations of its layers. */
export interface Network {
  readonly name: NetworkName;
  readonly title: string;
  /** Every layer by its original name, in order. A convolution's name is its output after the ReLU, or before it with `:pre`. */
  readonly taps: readonly TapInfo[];
  /** The taps' shapes, [1, C, H, W], over an image of the symbolic size 'height' × 'width'. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The layer with the class scores, one channel per class, if the network has one. */
  readonly classifier?: string;
  /** The default layers for the style losses and for the content loss. */
  readonly style: { readonly styleTaps: readonly string[]; readonly contentTap: string } | undefined;
  readonly dreams: { readonly layer: string; readonly offered: readonly TapSummary[] };
  /** The pooling that it was trained with. */
  readonly pooling: Pooling;
  /** Minimum side of an image in pixels. Smaller images shrink to nothing before the last layer. */
  readonly sideMin: number;
  /** Multiply-adds per pixel of the image up to a layer: the cost of one forward pass. */
  readonly multiplyAdds: (tap: string) => number;
  /** The tensors of all taps over an image [1, 3, H, W]. A program contains only what its outputs depend on. */
  build(image: Tensor, weights: Weights, options?: BuildOptions): ReadonlyMap<string, Tensor>;
}

/**
 * The number of channels of a layer. The operator's own weight file may have fewer classes than the original.
 * @param shapes the shapes of the tensors in the file
 */
export function channelCount({ taps }: Network, layer: string, shapes: Shapes): number {
  const bias = shapes.get(`${layer.replace(/:pre$/, '')}/bias`);
  return bias?.reduce((product, n) => product * n, 1) ?? taps.find(({ name }) => name === layer)!.channels;
}

/** @throws ReverieError `invalid-parameter` if the range exceeds the layer's channels */
export function checkChannels(
  network: Network,
  layer: string,
  range: readonly [number, number] | undefined,
  shapes: Shapes,
): void {
  const count = channelCount(network, layer, shapes);
  if (!range || range[1] < count) return;
  throw new ReverieError(
    'invalid-parameter',
    `Layer ${layer} of ${network.name} has channels 0 to ${count - 1}.`,
    { details: { reason: 'channel', network: network.name, layer, last: count - 1 } },
  );
}

/** A kernel as OIHW. One without height and width belongs to a dense layer and becomes a 1×1 convolution. */
export function kernelOf({ shape, data }: WeightTensor, layout: 'OIHW' | 'HWIO'): Tensor {
  if (layout === 'OIHW') return constant(data, shape);
  const [out = 1, into = 1, width = 1, height = 1] = shape.toReversed();
  const area = height * width;
  const transposed = new Float32Array(data.length);
  for (let p = 0; p < area; p++)
    for (let i = 0; i < into; i++)
      for (let o = 0; o < out; o++) transposed[(o * into + i) * area + p] = data[(p * into + i) * out + o]!;
  return constant(transposed, [out, into, height, width]);
}

type LayerParameters = ReturnType<Parameters>;

/** Converts each layer's weights once per weight file, however many programs are built from them. */
export function convertedOnce(convert: (weights: Weights, layer: string) => LayerParameters) {
  const files = new WeakMap<Weights, Map<string, LayerParameters>>();
  return (weights: Weights): Parameters => {
    const converted = files.get(weights) ?? new Map<string, LayerParameters>();
    files.set(weights, converted);
    return (layer) => {
      const parameters = converted.get(layer) ?? convert(weights, layer);
      converted.set(layer, parameters);
      return parameters;
    };
  };
}

/** Kernel and bias under Caffe's names. */
export const caffe = convertedOnce((weights, layer) => {
  const { data } = weights(`${layer}/bias`);
  return { kernel: kernelOf(weights(`${layer}/weight`), 'OIHW'), bias: constant(data, [data.length]) };
});

/** Kernel and bias under Keras' names. */
export const keras = convertedOnce((weights, layer) => {
  const { data } = weights(`${layer}/bias`);
  return { kernel: kernelOf(weights(`${layer}/kernel`), 'HWIO'), bias: constant(data, [data.length]) };
});

export interface Preprocessing {
  readonly order: 'RGB' | 'BGR';
  readonly factors: readonly [number, number, number];
  readonly offsets: readonly [number, number, number];
}

/** BGR, 0–255, minus the mean colour of Caffe's reference networks. */
export const CAFFE_INPUT: Preprocessing = {
  order: 'BGR',
  factors: [255, 255, 255],
  offsets: [-104, -117, -123],
};

/** Per-channel y = factor·x[order] + offset as a 1×1 convolution, so that the network's zero padding comes after it. */
export function preprocess(image: Tensor, { order, factors, offsets }: Preprocessing): Tensor {
  const kernel = new Float32Array(9);
  for (let c = 0; c < 3; c++) kernel[c * 3 + (order === 'RGB' ? c : 2 - c)] = factors[c]!;
  return convolution(image, constant(kernel, [3, 3, 1, 1]), constant(Float32Array.from(offsets), [3]));
}
