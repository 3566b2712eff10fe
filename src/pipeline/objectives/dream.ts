/** What a dream climbs, as tensor programs. Each is divided by its number of activations, so octaves and layers compare. */
import { nearestNeighbour, mean, multiply, scale, type Tensor } from '../graph/graph.js';

/** ½‖a‖² (Mordvintsev et al. 2015): its gradient is a itself, so what is seen grows. */
export const energy = (features: Tensor): Tensor => scale(mean(multiply(features, features)), 0.5);

/**
 * Σ a·y with y the guide's features that match each position best (the "controlled" dream of google/deepdream): the
 * gradient is y; the choice is not differentiated.
 * @param guide [1, C, h, w], of any size
 */
export const match = (features: Tensor, guide: Tensor): Tensor =>
  mean(multiply(features, nearestNeighbour(features, guide)));

/** ½ Σ w_c·a_c²: the gradient is w∘a. @param weights [1, C, 1, 1] */
export const weighted = (features: Tensor, weights: Tensor): Tensor =>
  scale(mean(multiply(weights, multiply(features, features))), 0.5);

/** How strong each channel is in a guide: its sum, all divided so that their absolute values add up to 1. */
export function channelWeights(guide: Float32Array, channels: number): Float32Array {
  const area = guide.length / channels;
  const sums = Float32Array.from({ length: channels }, (_, c) =>
    guide.subarray(c * area, (c + 1) * area).reduce((a, b) => a + b, 0),
  );
  const norm = sums.reduce((total, value) => total + Math.abs(value), 0) || 1;
  return sums.map((value) => value / norm);
}
