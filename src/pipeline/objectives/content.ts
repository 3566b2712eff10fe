import { input, subtract, type Input, type Tensor } from '../graph/graph.js';
import type { Tap } from '../networks/encoder.js';
import { maskedMean, square, type Term } from './objective.js';

/** Mean of (F − P)². */
export const contentDistance = (features: Tensor, target: Tensor, mask?: Tensor): Tensor =>
  maskedMean(square(subtract(features, target)), mask);

/**
 * The content loss (Gatys et al. 2016, eq. 1): the mean of (F − P)² at a layer, where P are the activations of the
 * content picture, divided by the mean of P². Reported as in the paper: ½Σ(F − P)².
 */
export function contentLoss({ name: layer, shape }: Tap): Term & { readonly reference: Input } {
  const reference = input('content activations', shape);
  return {
    name: 'content',
    weight: 1,
    layer,
    reference,
    statistics: (features, mask) => ({ distance: contentDistance(features, reference, mask) }),
    loss: ({ distance }) => distance!,
    reported: (value, elements) => (value * elements) / 2,
  };
}
