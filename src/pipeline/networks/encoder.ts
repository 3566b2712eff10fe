/** A network with its weights, which computes the activations that objectives are defined on. */
import type { Shape, Tensor } from '../graph/graph.js';
import type { BuildOptions, Network } from './network.js';
import type { Weights } from './safetensors.js';

/** A layer whose activations an objective uses. */
export interface Tap {
  readonly name: string;
  /** [1, C, H, W] over an image of the symbolic size 'height' × 'width'. */
  readonly shape: Shape;
}

export interface Encoder {
  readonly network: Network;
  tap(name: string): Tap;
  /** The activations of every tap, [1, C, H, W], over an RGB image [1, 3, H, W] in [0,1]. */
  encode(image: Tensor): ReadonlyMap<string, Tensor>;
}

export const createEncoder = (network: Network, weights: Weights, options?: BuildOptions): Encoder => ({
  network,
  tap(name) {
    const [batch, channels, ...size] = network.shapes.get(name)!;
    // A custom weight file may have fewer classes than the bundled one.
    const count = name === network.classifier ? weights(`${name}/bias`).data.length : channels!;
    return { name, shape: [batch!, count, ...size] };
  },
  encode: (image) => network.build(image, weights, options),
});

export const channelsOf = ({ shape }: Tap): number => shape[1] as number;
