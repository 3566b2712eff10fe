/** A network as a list of layers, from which its taps, their shapes, its cost and its tensor program are derived. */
import type { TapInfo } from '../renderer.js';
import {
  averagePool,
  concatenate,
  convolution,
  input,
  lrn,
  maxPool,
  relu,
  edgePad,
  type LocalResponse,
  type Pair,
  type Rounding,
  type Shape,
  type Tensor,
} from '../graph/graph.js';

/** How a convolution that keeps the size pads its input: with zeros, or by repeating the edge values. */
export type Edges = 'zeros' | 'replicated';

/** Appended to a convolution's name, this names the tap before its ReLU. */
export const BEFORE_RELU = ':pre';

export type Layer = { readonly name: string; readonly from: readonly string[] } & (
  | {
      readonly type: 'convolution';
      readonly out: number;
      readonly kernel: Pair;
      readonly stride: number;
      /** Defaults to the padding that keeps the size at stride 1. */
      readonly pad?: number;
      /** Whether a ReLU follows. A classifier's logits have none. */
      readonly relu: boolean;
    }
  | {
      readonly type: 'maxPool';
      readonly kernel: number;
      readonly stride: number;
      readonly pad: number;
      readonly round: Rounding;
    }
  | { readonly type: 'averagePool'; readonly kernel: number; readonly stride: number; readonly pad: number }
  | ({ readonly type: 'lrn' } & LocalResponse)
  | { readonly type: 'concatenate' }
);

/** Kernel (OIHW) and bias of a convolution over `into` channels. */
export type Parameters = (layer: string, into: number) => { readonly kernel: Tensor; readonly bias: Tensor };

/** The input of every list of layers: the preprocessed image. */
export const DATA = 'data';

export interface Survey {
  readonly taps: readonly TapInfo[];
  /** The shape of every tap, [1, C, H, W], over an image of the symbolic size 'height' × 'width'. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Multiply-adds per pixel of the image for everything that a tap depends on. */
  readonly multiplyAdds: (tap: string) => number;
}

interface Cost {
  /** Pixels of the image per position of the layer. */
  readonly area: number;
  /** Multiply-adds of this layer alone, per pixel of the image. */
  readonly own: number;
  readonly from: readonly string[];
}

/** Everything that follows from the architecture alone, without any weights. */
export function survey(layers: readonly Layer[]): Survey {
  const shapes = tapShapes(layers);
  const costs = new Map<string, Cost>([[DATA, { area: 1, own: 0, from: [] }]]);
  for (const layer of layers) {
    const area = costs.get(layer.from[0]!)!.area * ('stride' in layer ? layer.stride ** 2 : 1);
    const into = shapes.get(layer.from[0]!)![1] as number;
    const own =
      layer.type === 'convolution' ? (into * layer.out * layer.kernel[0] * layer.kernel[1]) / area : 0;
    costs.set(layer.name, { area, own, from: layer.from });
  }
  const needed = (name: string, seen: Set<string>): Set<string> => {
    if (seen.has(name)) return seen;
    seen.add(name);
    for (const from of costs.get(name)?.from ?? []) needed(from, seen);
    return seen;
  };
  const multiplyAdds = (tap: string) =>
    [...needed(tap.replace(BEFORE_RELU, ''), new Set())].reduce(
      (sum, name) => sum + (costs.get(name)?.own ?? 0),
      0,
    );
  const taps = [...shapes].map(([name, shape]) => ({ name, channels: shape[1] as number }));
  return { taps: taps.filter(({ name }) => name !== DATA), shapes, multiplyAdds };
}

/** The tap shapes, taken from a program in which the weights are inputs. */
function tapShapes(layers: readonly Layer[]): ReadonlyMap<string, Shape> {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const weightInputs: Parameters = (name, into) => {
    const layer = byName.get(name) as Extract<Layer, { type: 'convolution' }>;
    return {
      kernel: input(`${name} kernel`, [layer.out, into, ...layer.kernel]),
      bias: input(`${name} bias`, [layer.out]),
    };
  };
  const tensors = assemble(layers, input(DATA, [1, 3, 'height', 'width']), weightInputs);
  return new Map([...tensors].map(([name, { shape }]) => [name, shape]));
}

/**
 * The tensors of all taps, [1, C, H, W].
 * @param data the preprocessed image, [1, 3, H, W]
 * @param edges how the input of size-preserving 3×3 convolutions is padded
 */
export function assemble(
  layers: readonly Layer[],
  data: Tensor,
  parameters: Parameters,
  edges: Edges = 'zeros',
): ReadonlyMap<string, Tensor> {
  const tensors = new Map<string, Tensor>([[DATA, data]]);
  for (const layer of layers) {
    const inputs = layer.from.map((name) => tensors.get(name)!);
    const x = inputs[0]!;
    switch (layer.type) {
      case 'convolution': {
        const { kernel, bias } = parameters(layer.name, x.shape[1] as number);
        const replicated =
          edges === 'replicated' && layer.kernel[0] === 3 && layer.stride === 1 && layer.pad === undefined;
        const linear = replicated
          ? convolution(edgePad(x), kernel, bias, 1, 0)
          : convolution(x, kernel, bias, layer.stride, layer.pad);
        if (layer.relu) tensors.set(layer.name + BEFORE_RELU, linear);
        tensors.set(layer.name, layer.relu ? relu(linear) : linear);
        break;
      }
      case 'maxPool':
        tensors.set(layer.name, maxPool(x, layer, layer.round));
        break;
      case 'averagePool':
        tensors.set(layer.name, averagePool(x, layer));
        break;
      case 'lrn':
        tensors.set(layer.name, lrn(x, layer));
        break;
      case 'concatenate':
        tensors.set(layer.name, concatenate(inputs));
        break;
    }
  }
  return tensors;
}
