/** The cost functions, as tensor programs. */
import { gram, mean, multiply, scale, subtract, sum, type Tensor } from '../graph/graph.js';

const square = (x: Tensor): Tensor => multiply(x, x);

/** Mean of (F − P)² (Gatys et al. 2016, eq. 1, as a mean instead of half the sum). */
export const contentLoss = (features: Tensor, target: Tensor): Tensor =>
  mean(square(subtract(features, target)));

/** Mean over C×C of (G − A)² with G = F·Fᵀ/N (Gatys et al. 2016, eq. 4; the paper's E_l is a quarter of it). */
export const styleLoss = (features: Tensor, target: Tensor): Tensor =>
  mean(square(subtract(gram(features), target)));

/** ½‖a‖²: what a dream climbs; its gradient by the activations is the activations themselves. */
export const activation = (features: Tensor): Tensor => scale(sum(square(features)), 0.5);
