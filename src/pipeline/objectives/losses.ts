/** The cost functions, as tensor programs. */
import {
  add,
  customGradient,
  gram,
  matmul,
  mean,
  multiply,
  spatialMean,
  scale,
  stopGradient,
  subtract,
  sum,
  transpose,
  type Tensor,
} from '../graph/graph.js';
import { identity, squareRoots, trace } from './matrix-root.js';

const square = (x: Tensor): Tensor => multiply(x, x);

/** Mean of (F − P)² (Gatys et al. 2016, eq. 1, as a mean instead of half the sum). */
export const contentLoss = (features: Tensor, target: Tensor): Tensor =>
  mean(square(subtract(features, target)));

/** What is known of a layer's activations F (C×N) when their places are forgotten. */
export interface Statistics {
  /** F·Fᵀ/N: [C, C] */
  readonly second: Tensor;
  /** Mean of each channel: [C, 1] */
  readonly mean: Tensor;
}

/**
 * @param mask [1, 1, H, W], the share T of each position with mean T² = 1: the guided Gram matrix (Gatys et al. 2017,
 *   "Controlling Perceptual Factors in Neural Style Transfer", section 5)
 */
export function statistics(features: Tensor, mask?: Tensor): Statistics {
  if (!mask) return { second: gram(features), mean: spatialMean(features) };
  const masked = multiply(features, mask);
  return { second: gram(masked), mean: spatialMean(multiply(masked, mask)) };
}

/** Mean over C×C of (G − A)² (Gatys et al. 2016, eq. 4; the paper's E_l is a quarter of it). */
export const gramLoss = ({ second }: Statistics, target: Tensor): Tensor =>
  mean(square(subtract(second, target)));

/** Added to the variances, so that channels that never vary have a root. */
const VARIANCE_MIN = 1e-4;

/** Covariance of the activations. */
export const covariance = ({ second, mean: m }: Statistics): Tensor =>
  add(subtract(second, matmul(m, transpose(m))), identity(m.shape[0] as number, VARIANCE_MIN));

/** What `wassersteinLoss` needs of a style: mean [C, 1] and square root of the covariance [C, C]. */
export interface Gaussian {
  readonly mean: Tensor;
  readonly root: Tensor;
}

/**
 * Squared Wasserstein-2 distance, divided by C, between the Gaussians of two layers with covariances S and T:
 * mean (m − m_t)² + tr(T + S − 2(T^½·S·T^½)^½)/C (Olkin and Pukelsheim 1982). Its gradient by S is known:
 * (I − T^½(T^½·S·T^½)^−½T^½)/C.
 */
export function wassersteinLoss(own: Statistics, target: Gaussian): Tensor {
  const channels = own.mean.shape[0] as number;
  const s = covariance(own);
  const { root: half } = target;
  const between = squareRoots(matmul(matmul(half, s), half));
  const traces = subtract(add(sum(square(half)), trace(s)), scale(trace(between.root), 2));
  const slope = subtract(identity(channels), matmul(matmul(half, between.inverseRoot), half));
  const spread = customGradient(scale(traces, 1 / channels), s, stopGradient(scale(slope, 1 / channels)));
  return add(mean(square(subtract(own.mean, target.mean))), spread);
}
