import manifest from '../models/manifest.json' with { type: 'json' };
import type { NetworkName } from '../src/pipeline/requests.js';
import type { Weights } from '../src/pipeline/networks/safetensors.js';
import { sequence } from './fixtures.js';

/** Random weights in the shapes of a network, initialised after He et al. 2015 so that activations neither vanish nor explode. */
export function randomWeights(name: NetworkName): Weights {
  const shapes = manifest[name].tensors as Readonly<Record<string, readonly number[]>>;
  return (tensor) => {
    const shape = shapes[tensor]!;
    const size = shape.reduce((product, n) => product * n, 1);
    if (tensor.endsWith('variance')) return { shape, data: sequence(size, 5, 0.5, 1.5) };
    if (shape.length === 1) return { shape, data: sequence(size, 6, -0.1, 0.1) };
    const out = tensor.endsWith('/kernel') ? shape.at(-1)! : shape[0]!;
    const bound = Math.sqrt((6 * out) / size);
    return { shape, data: sequence(size, tensor.length + size, -bound, bound) };
  };
}
