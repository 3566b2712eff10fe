import {
  add,
  crop,
  mean,
  multiply,
  edgePad,
  scale,
  subtract,
  type Margins,
  type Tensor,
} from '../graph/graph.js';
import { IMAGE, type Term } from './objective.js';

const centre: Margins = { top: 1, left: 1, bottom: 1, right: 1 };

const take = (x: Tensor, margins: Partial<Margins>): Tensor =>
  crop(x, { top: 0, left: 0, bottom: 0, right: 0, ...margins });

/**
 * Total variation over nine points: 2·(mean dx²/3 + mean dy²/3 + mean d₁²/12 + mean d₂²/12) with the differences
 * between horizontal, vertical and both diagonal neighbours of the image, padded by one pixel with its border.
 * @param image [1, 3, H, W] in [0,1]
 */
export function variationOf(image: Tensor): Tensor {
  const x = edgePad(image);
  const difference = (a: Partial<Margins>, b: Partial<Margins>, weight: number): Tensor => {
    const d = subtract(take(x, a), take(x, b));
    return scale(mean(multiply(d, d)), 2 * weight);
  };
  return [
    difference(centre, { ...centre, left: 0, right: 2 }, 1 / 3),
    difference(centre, { ...centre, top: 0, bottom: 2 }, 1 / 3),
    difference({ top: 1, left: 1 }, { bottom: 1, right: 1 }, 1 / 12),
    difference({ top: 1, right: 1 }, { bottom: 1, left: 1 }, 1 / 12),
  ].reduce(add);
}

/** The total variation of the image as a term, reported as it is. */
export const totalVariation = (): Term => ({
  name: 'variation',
  weight: 1,
  layer: IMAGE,
  statistics: (image) => ({ variation: variationOf(image) }),
  loss: ({ variation }) => variation!,
});
