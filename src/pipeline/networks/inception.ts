/** InceptionV3 (Szegedy et al. 2016, "Rethinking the Inception Architecture") up to mixed8, under Keras' names. */
import { constant } from '../graph/graph.js';
import type { Pair } from '../graph/graph.js';
import { assemble, DATA, survey, type Layer } from './architecture.js';
import { convertedOnce, kernelOf, preprocess, type Network } from './network.js';

/** Keras numbers convolutions in the order in which its code creates them. The layers here are in the same order. */
class Builder {
  readonly layers: Layer[] = [];
  #convolutions = 0;
  #pools = { max: 0, average: 0 };

  /** @param pad 0 for Keras' 'valid' padding; omitted for 'same' */
  conv(from: string, out: number, kernel: number | Pair, stride = 1, pad?: number): string {
    return this.#add({
      name: `conv2d_${++this.#convolutions}`,
      from: [from],
      type: 'convolution',
      out,
      kernel: typeof kernel === 'number' ? [kernel, kernel] : kernel,
      stride,
      ...(pad === undefined ? {} : { pad }),
      relu: true,
    });
  }

  /** Several convolutions in sequence. */
  chain(from: string, ...steps: readonly (readonly [number, number | Pair])[]): string {
    return steps.reduce((x, [out, kernel]) => this.conv(x, out, kernel), from);
  }

  maxPool(from: string): string {
    const name = `max_pooling2d_${++this.#pools.max}`;
    return this.#add({ name, from: [from], type: 'maxPool', kernel: 3, stride: 2, pad: 0, round: 'floor' });
  }

  averagePool(from: string): string {
    const name = `average_pooling2d_${++this.#pools.average}`;
    return this.#add({ name, from: [from], type: 'averagePool', kernel: 3, stride: 1, pad: 1 });
  }

  mixed(n: number, ...from: string[]): string {
    return this.#add({ name: `mixed${n}`, from, type: 'concatenate' });
  }

  #add(layer: Layer): string {
    this.layers.push(layer);
    return layer.name;
  }
}

const ACROSS: Pair = [1, 7];
const DOWN: Pair = [7, 1];

function architecture(): readonly Layer[] {
  const b = new Builder();
  let x = b.conv(DATA, 32, 3, 2, 0);
  x = b.conv(x, 32, 3, 1, 0);
  x = b.maxPool(b.conv(x, 64, 3));
  x = b.conv(x, 80, 1);
  x = b.maxPool(b.conv(x, 192, 3, 1, 0));
  for (const [n, projection] of [32, 64, 64].entries()) {
    const single = b.conv(x, 64, 1);
    const five = b.chain(x, [48, 1], [64, 5]);
    const double = b.chain(x, [64, 1], [96, 3], [96, 3]);
    x = b.mixed(n, single, five, double, b.conv(b.averagePool(x), projection, 1));
  }
  {
    const three = b.conv(x, 384, 3, 2, 0);
    const double = b.conv(b.chain(x, [64, 1], [96, 3]), 96, 3, 2, 0);
    x = b.mixed(3, three, double, b.maxPool(x));
  }
  for (const [i, width] of [128, 160, 160, 192].entries()) {
    const single = b.conv(x, 192, 1);
    const seven = b.chain(x, [width, 1], [width, ACROSS], [192, DOWN]);
    const double = b.chain(x, [width, 1], [width, DOWN], [width, ACROSS], [width, DOWN], [192, ACROSS]);
    x = b.mixed(4 + i, single, seven, double, b.conv(b.averagePool(x), 192, 1));
  }
  {
    const three = b.conv(b.conv(x, 192, 1), 320, 3, 2, 0);
    const seven = b.conv(b.chain(x, [192, 1], [192, ACROSS], [192, DOWN]), 192, 3, 2, 0);
    b.mixed(8, three, seven, b.maxPool(x));
  }
  return b.layers;
}

const layers = architecture();

const EPSILON = 1e-3;

/** A convolution without bias and its batch norm without scale, folded into one convolution with bias. */
const folded = convertedOnce((weights, layer) => {
  const norm = layer.replace('conv2d', 'batch_normalization');
  const beta = weights(`${norm}/beta`).data;
  const mean = weights(`${norm}/moving_mean`).data;
  const factors = weights(`${norm}/moving_variance`).data.map(
    (variance) => 1 / Math.sqrt(variance + EPSILON),
  );
  const { shape, data } = weights(`${layer}/kernel`);
  const out = factors.length;
  // HWIO: the output channel varies fastest.
  const kernel = data.map((value, i) => value * factors[i % out]!);
  return {
    kernel: kernelOf({ shape, data: kernel }, 'HWIO'),
    bias: constant(
      beta.map((shift, c) => shift - mean[c]! * factors[c]!),
      [out],
    ),
  };
});

export const inceptionV3: Network = {
  name: 'inception_v3',
  title: 'InceptionV3, rich and detailed dreams',
  ...survey(layers),
  style: undefined,
  dreams: {
    layer: 'mixed5',
    offered: [
      { name: 'mixed0', shows: 'strokes' },
      { name: 'mixed2', shows: 'textures' },
      { name: 'mixed3', shows: 'patterns' },
      { name: 'mixed4', shows: 'patterns and eyes' },
      { name: 'mixed5', shows: 'eyes' },
      { name: 'mixed7', shows: 'faces and animals' },
    ],
  },
  pooling: 'max',
  sideMin: 75,
  build: (image, weights) =>
    assemble(
      layers,
      preprocess(image, { order: 'RGB', factors: [2, 2, 2], offsets: [-1, -1, -1] }),
      folded(weights),
    ),
};
