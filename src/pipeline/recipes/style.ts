/**
 * Neural style transfer (Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR
 * 2016), from coarse to fine: each scale starts from the picture that the one before has made.
 */
import { FourierImage } from '../parametrisations/fourier.js';
import { PixelImage, PyramidImage, type Parametrisation } from '../parametrisations/parametrisation.js';
import { emptyPlanes, resizeBilinear, type Planes } from '../image/planes.js';
import { TILING } from '../objectives/measure.js';
import type { Evaluation, Region, StyleObjective, Terms } from '../objectives/style-terms.js';
import { TiledStyle } from '../objectives/tiled-style.js';
import { Variation } from '../objectives/variation.js';
import { WholeStyle } from '../objectives/whole-style.js';
import { Adam } from '../optimisers/adam.js';
import { Lbfgs } from '../optimisers/lbfgs.js';
import type { Optimiser } from '../optimisers/optimiser.js';
import type { Scale, RunContext } from './run-context.js';

export interface StyleSettings {
  readonly terms: Terms;
  /** Weight of the total variation, γ. */
  readonly variation: number;
  readonly scales: readonly Scale[];
  /** How many regions there are, and whether they have masks. */
  readonly regions: { readonly count: number; readonly masked: boolean };
  readonly parametrisation: keyof typeof PARAMETRISATIONS;
  readonly optimiser: 'adam' | 'lbfgs';
  /** Where the optimisation starts. */
  readonly start: (width: number, height: number) => Promise<Planes>;
  /** The content picture at a size, where there is one. */
  readonly content: ((width: number, height: number) => Promise<Planes>) | undefined;
  /** The styles, measured for a size. */
  readonly styles: (width: number, height: number) => Promise<Region[]>;
  /** What is shown of an image: itself, or with its colours put back. */
  readonly finish: (image: Planes) => Promise<Planes>;
}

/** Step lengths (Adam's rate, the longest step of L-BFGS), and whether Adam's moments mean something at another size. */
const PARAMETRISATIONS = {
  pyramid: { of: PyramidImage, rate: 0.05, reach: 0.1, resampled: true },
  fourier: { of: FourierImage, rate: 0.05, reach: 0.1, resampled: false },
  pixels: { of: PixelImage, rate: 0.02, reach: 0.03, resampled: true },
} as const;
const BETAS = [0.9, 0.99] as const;
/** Half-life of the running mean of the iterates, which is the picture that is shown: about seven steps. */
const MEAN_DECAY = 0.9;

/** The second half of a scale's steps gets ever shorter, so that the picture settles. */
const DECAY = { from: 0.5, least: 0.05 };
const learningRateSchedule = (step: number, steps: number): number =>
  Math.max(DECAY.least, Math.min(1, (1 - step / steps) / DECAY.from));

export async function style(context: RunContext, settings: StyleSettings): Promise<Planes> {
  const { scales, content, styles, finish } = settings;
  let image = await settings.start(scales[0]!.width, scales[0]!.height);
  let shown = image;
  let adam: Adam | undefined;
  const smooth =
    settings.variation > 0
      ? { of: await Variation.compile(context.engine), weight: settings.variation }
      : undefined;
  let objective: (StyleObjective & { readonly tiled: boolean }) | undefined;
  try {
    for (const [i, { width, height, steps }] of scales.entries()) {
      const tiled = !fits(context, width, height);
      if (objective?.tiled !== tiled) {
        const before = objective;
        objective = undefined;
        await before?.dispose();
        objective = await compile(context, settings, tiled);
      }
      const regions = await styles(width, height);
      await objective.setTargets({ width, height, content: await content?.(width, height), regions });

      const start = resizeBilinear(image, width, height);
      const { of, rate, reach, resampled } = PARAMETRISATIONS[settings.parametrisation];
      const picture: Parametrisation = new of(start);
      const { learningRateScale: gentleness } = context;
      const optimiser: Optimiser =
        settings.optimiser === 'lbfgs'
          ? new Lbfgs(picture.levels, { reach: reach * gentleness })
          : (adam = new Adam(
              picture.levels,
              { rate: rate * gentleness, betas: BETAS },
              resampled ? adam : undefined,
            ));
      const mean = new RunningMean(width, height);
      for (let n = 0; n < steps; n++) {
        const { losses, gradient } = await evaluate(objective, smooth, picture.image);
        optimiser.step(
          picture.gradients(gradient).map(({ data }) => data),
          losses.total!,
          learningRateSchedule(n, steps),
        );
        picture.update();
        shown = await finish(mean.add(picture.image));
        context.onStep({ scale: i + 1, losses, image: shown });
      }
      image = picture.image;
    }
    return shown;
  } finally {
    await Promise.all([objective?.dispose(), smooth?.of.dispose()]);
  }
}

async function evaluate(
  objective: StyleObjective,
  smooth: { readonly of: Variation; readonly weight: number } | undefined,
  image: Planes,
): Promise<Evaluation> {
  const style = await objective.evaluate(image);
  if (!smooth) return style;
  const { value, gradient } = await smooth.of.evaluate(image);
  const sum = style.gradient.data.map((g, i) => g + smooth.weight * gradient[i]!);
  const total = style.losses.total! + smooth.weight * value;
  return { losses: { ...style.losses, variation: value, total }, gradient: { ...style.gradient, data: sum } };
}

/** Bytes that the activations of the widest layer may take before the picture is seen in tiles. */
const WIDEST_MAX = 300e6;

/** A step holds a handful of maps of the first, widest layer at once. */
function fits({ network }: RunContext, width: number, height: number): boolean {
  const small = Math.max(width, height) <= TILING.side;
  return small || width * height * network.taps[0]!.channels * 4 <= WIDEST_MAX;
}

async function compile(
  context: RunContext,
  { terms, regions }: StyleSettings,
  tiled: boolean,
): Promise<StyleObjective & { readonly tiled: boolean }> {
  const objective = tiled
    ? await TiledStyle.compile(context, terms, regions.count)
    : await WholeStyle.compile(context, terms, regions.count, regions.masked);
  return Object.assign(objective, { tiled });
}

/** Exponentially weighted mean of pictures, corrected for its start like Adam's moments. */
class RunningMean {
  readonly #sum: Planes;
  #weight = 0;

  constructor(width: number, height: number) {
    this.#sum = emptyPlanes(3, width, height);
  }

  add({ data }: Planes): Planes {
    const sum = this.#sum.data;
    this.#weight = MEAN_DECAY * this.#weight + 1 - MEAN_DECAY;
    const mean = { ...this.#sum, data: new Float32Array(data.length) };
    for (let i = 0; i < data.length; i++) {
      sum[i] = MEAN_DECAY * sum[i]! + (1 - MEAN_DECAY) * data[i]!;
      mean.data[i] = sum[i]! / this.#weight;
    }
    return mean;
  }
}
