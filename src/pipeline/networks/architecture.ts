/** A network as a list of layers: its taps, its costs and its tensor program all come from the one list. */
import type { TapInfo } from '../renderer.js';
import {
  averagePool,
  concatenate,
  convolution,
  lrn,
  maxPool,
  relu,
  edgePad,
  type LocalResponse,
  type Pair,
  type Rounding,
  type Tensor,
} from '../graph/graph.js';
import type { Edges } from './network.js';

/** A convolution's name with this ending is the tap before its ReLU. */
export const BEFORE_RELU = ':pre';

export type Layer = { readonly name: string; readonly from: readonly string[] } & (
  | {
      readonly type: 'convolution';
      readonly out: number;
      readonly kernel: Pair;
      readonly stride: number;
      /** Without it the size is kept at stride 1. */
      readonly pad?: number;
      /** Whether a ReLU follows; a classifier's logits have none. */
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

/** Kernel (OIHW) and bias of a convolution. */
export type Parameters = (layer: string) => { readonly kernel: Tensor; readonly bias: Tensor };

/** The layer that every list starts from: the preprocessed picture. */
export const DATA = 'data';

export interface Survey {
  readonly taps: readonly TapInfo[];
  /** Multiply-adds per input pixel of everything that a tap needs. */
  readonly multiplyAdds: (tap: string) => number;
}

interface Measured {
  readonly channels: number;
  /** Positions of the picture for one of this layer. */
  readonly area: number;
  /** Its own multiply-adds per input pixel. */
  readonly own: number;
  readonly from: readonly string[];
}

/** What is known of a network before its weights are read. */
export function survey(layers: readonly Layer[]): Survey {
  const known = new Map<string, Measured>([[DATA, { channels: 3, area: 1, own: 0, from: [] }]]);
  const taps: TapInfo[] = [];
  for (const layer of layers) {
    const inputs = layer.from.map((name) => known.get(name)!);
    const into = inputs.reduce((sum, { channels }) => sum + channels, 0);
    const channels = layer.type === 'convolution' ? layer.out : into;
    const area = inputs[0]!.area * ('stride' in layer ? layer.stride ** 2 : 1);
    const own =
      layer.type === 'convolution' ? (into * layer.out * layer.kernel[0] * layer.kernel[1]) / area : 0;
    known.set(layer.name, { channels, area, own, from: layer.from });
    if (layer.type === 'convolution' && layer.relu) taps.push({ name: layer.name + BEFORE_RELU, channels });
    taps.push({ name: layer.name, channels });
  }
  const needed = (name: string, seen: Set<string>): Set<string> => {
    if (seen.has(name)) return seen;
    seen.add(name);
    for (const input of known.get(name)?.from ?? []) needed(input, seen);
    return seen;
  };
  const multiplyAdds = (tap: string) =>
    [...needed(tap.replace(BEFORE_RELU, ''), new Set())].reduce(
      (sum, name) => sum + (known.get(name)?.own ?? 0),
      0,
    );
  return { taps, multiplyAdds };
}

/**
 * The tensors of all taps.
 * @param data the preprocessed picture
 * @param edges what 3×3 kernels that keep the size see beyond the edge
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
        const { kernel, bias } = parameters(layer.name);
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
