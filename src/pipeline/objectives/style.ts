/** Style losses: distances between a layer's statistics and those of a style picture. */
import type { Engine, Executable, Values } from '../engines/engine.js';
import {
  add,
  customGradient,
  gram,
  input,
  matmul,
  mean,
  multiply,
  scale,
  spatialMean,
  stopGradient,
  subtract,
  sum,
  transpose,
  type Input,
  type Tensor,
} from '../graph/graph.js';
import { channelsOf, type Tap } from '../networks/encoder.js';
import type { Planes } from '../image/planes.js';
import { identity, squareRoots, trace } from './matrix-root.js';
import { meanSquare, square, type Term } from './objective.js';

/** First and second moments of a layer's activations F (C×N): what is left of them without their positions. */
export interface Moments<T> {
  /** F·Fᵀ/N: [C, C] */
  readonly second: T;
  /** The mean of each channel: [C, 1] */
  readonly mean: T;
}

/** The measured moments of a picture's activations at one layer. */
export type FeatureStatistics = Moments<Values>;

/**
 * @param mask [1, 1, H, W], the share T of each position with mean T² = 1: the guided Gram matrix (Gatys et al. 2017,
 *   "Controlling Perceptual Factors in Neural Style Transfer", section 5)
 */
export function momentsOf(features: Tensor, mask?: Tensor): Moments<Tensor> {
  if (!mask) return { second: gram(features), mean: spatialMean(features) };
  const masked = multiply(features, mask);
  return { second: gram(masked), mean: spatialMean(multiply(masked, mask)) };
}

/** Mean over C×C of (G − A)² (Gatys et al. 2016, eq. 4; the paper's E_l is a quarter of it). */
export const gramDistance = (second: Tensor, target: Tensor): Tensor =>
  mean(square(subtract(second, target)));

/** Added to the variances, so that the covariance of channels that never vary has a root. */
const VARIANCE_MIN = 1e-4;

/** The covariance of the activations, [C, C]. */
export const covariance = ({ second, mean: m }: Moments<Tensor>): Tensor =>
  add(subtract(second, matmul(m, transpose(m))), identity(m.shape[0] as number, VARIANCE_MIN));

/** The normal distribution of a style's activations: mean [C, 1] and square root of the covariance [C, C]. */
export interface Gaussian {
  readonly mean: Tensor;
  readonly root: Tensor;
}

/**
 * Squared Wasserstein-2 distance, divided by C, between the Gaussians of two layers with covariances S and T:
 * mean (m − m_t)² + tr(T + S − 2(T^½·S·T^½)^½)/C (Olkin and Pukelsheim 1982). Its gradient by S is known:
 * (I − T^½(T^½·S·T^½)^−½T^½)/C.
 */
export function wassersteinDistance(own: Moments<Tensor>, target: Gaussian): Tensor {
  const channels = own.mean.shape[0] as number;
  const s = covariance(own);
  const { root: half } = target;
  const between = squareRoots(matmul(matmul(half, s), half));
  const traces = subtract(add(sum(square(half)), trace(s)), scale(trace(between.root), 2));
  const slope = subtract(identity(channels), matmul(matmul(half, between.inverseRoot), half));
  const spread = customGradient(scale(traces, 1 / channels), s, stopGradient(scale(slope, 1 / channels)));
  return add(mean(square(subtract(own.mean, target.mean))), spread);
}

/** One style: its statistics by layer, and where in the picture it goes. */
export interface Region {
  readonly targets: ReadonlyMap<string, FeatureStatistics>;
  /** Its share of the picture, 0 to 1. */
  readonly share: number;
  /** Its mask at a layer's size, with mean T² = 1; absent if it goes everywhere. */
  readonly mask?: (width: number, height: number) => Promise<Planes>;
}

export interface StyleTerm extends Term {
  /** The style that it is about, by its index. */
  readonly region: number;
  /** The energy of a style, by which the value is to be divided. */
  energy(style: FeatureStatistics): number;
  /** Values for the inputs that describe the style. */
  targets(style: FeatureStatistics, roots: CovarianceRoots): Promise<[Input, Values][]>;
}

/** The parts of a style term that do not depend on the kind of distance. */
function styleTerm({ name: tap, shape }: Tap, region: number, masked: boolean) {
  const name = region === 0 ? tap : `${tap} ${region + 1}`;
  const [batch, , height, width] = shape;
  return {
    ...{ name, weight: 1, layer: tap, region },
    ...(masked ? { mask: input(`mask of ${name}`, [batch!, 1, height!, width!]) } : {}),
  };
}

/**
 * The Gram matrix loss E_l of a layer (Gatys et al. 2016, eq. 4), with the mean of A² for its energy. Reported as in the paper,
 * with G and A divided by the number of positions: Σ(G − A)²/(4C²).
 * @param region the index of the style
 * @param masked whether the style goes to a region of the picture only
 */
export function gramLoss(tap: Tap, region = 0, masked = false): StyleTerm {
  const common = styleTerm(tap, region, masked);
  const channels = channelsOf(tap);
  const target = input(`gram target of ${common.name}`, [channels, channels]);
  return {
    ...common,
    statistics: (features, mask) => ({ second: momentsOf(features, mask).second }),
    loss: ({ second }) => gramDistance(second!, target),
    energy: ({ second }) => meanSquare(second.data),
    targets: ({ second }) => Promise.resolve([[target, second]]),
    reported: (value) => value / 4,
  };
}

/** The Wasserstein loss of a layer, with the mean energy of the style's channels for its energy. Parameters as for `gramLoss`. */
export function wassersteinLoss(tap: Tap, region = 0, masked = false): StyleTerm {
  const common = styleTerm(tap, region, masked);
  const channels = channelsOf(tap);
  const target = {
    mean: input(`mean target of ${common.name}`, [channels, 1]),
    root: input(`covariance root target of ${common.name}`, [channels, channels]),
  };
  return {
    ...common,
    statistics: (features, mask) => ({ ...momentsOf(features, mask) }),
    loss: ({ second, mean: m }) => wassersteinDistance({ second: second!, mean: m! }, target),
    energy: ({ second: { data } }) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += data[c * (channels + 1)]!;
      return Math.max(sum / channels, 1e-12);
    },
    async targets({ second, mean: m }, roots) {
      const root = await roots.of({ second, mean: m });
      return [
        [target.mean, m],
        [target.root, root],
      ];
    },
  };
}

/** Square roots of covariances, by one compiled program for each number of channels. */
export class CovarianceRoots {
  readonly #programs = new Map<number, Executable>();

  constructor(private readonly engine: Engine) {}

  async of({ second, mean: m }: FeatureStatistics): Promise<Values> {
    const channels = m.shape[0]!;
    let program = this.#programs.get(channels);
    if (!program) {
      const own = { second: input('second', [channels, channels]), mean: input('mean', [channels, 1]) };
      program = await this.engine.compile({ outputs: { root: squareRoots(covariance(own)).root } });
      this.#programs.set(channels, program);
    }
    return (await program.run({ second, mean: m })).root!;
  }

  async dispose(): Promise<void> {
    for (const program of this.#programs.values()) await program.dispose();
  }
}
