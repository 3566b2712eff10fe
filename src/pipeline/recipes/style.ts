/**
 * Neural style transfer (Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR
 * 2016), from coarse to fine: each scale starts from the picture that the one before has made.
 */
import { FourierImage } from '../parametrisations/fourier.js';
import { PixelImage, PyramidImage, type Parametrisation } from '../parametrisations/parametrisation.js';
import { greyOf, withChromaOf } from '../image/colour.js';
import { emptyPlanes, resizeBilinear, type Planes } from '../image/planes.js';
import { TILING } from '../objectives/measure.js';
import type { Evaluation, StyleObjective, Terms } from '../objectives/style-terms.js';
import { TiledStyle } from '../objectives/tiled-style.js';
import { Variation } from '../objectives/variation.js';
import { WholeStyle } from '../objectives/whole-style.js';
import { Adam } from '../optimisers/adam.js';
import { Lbfgs } from '../optimisers/lbfgs.js';
import type { Optimiser } from '../optimisers/optimiser.js';
import type { PreparedStyle, Size } from '../prepared-run.js';
import type { RunContext } from './run-context.js';
import { regionsAt } from './style-targets.js';

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

export async function style(given: RunContext, run: PreparedStyle): Promise<Planes> {
  const { scales, gamma } = run;
  const context: RunContext = {
    ...given,
    build: (image) =>
      given.network.build(image, given.weights, { pooling: run.pooling, edges: 'replicated' }),
  };
  let image = await startAt(context, run, scales[0]!);
  let shown = image;
  let adam: Adam | undefined;
  const smooth = gamma > 0 ? { of: await Variation.compile(context.engine), weight: gamma } : undefined;
  let objective: (StyleObjective & { readonly tiled: boolean }) | undefined;
  try {
    for (const [i, { width, height, steps }] of scales.entries()) {
      const tiled = !fits(context, width, height);
      if (objective?.tiled !== tiled) {
        const before = objective;
        objective = undefined;
        await before?.dispose();
        objective = await compile(context, run, tiled);
      }
      const regions = await regionsAt(context, run, i);
      const content = await contentAt(context, run, { width, height });
      await objective.setTargets({ width, height, content, regions });

      const start = resizeBilinear(image, width, height);
      const { of, rate, reach, resampled } = PARAMETRISATIONS[run.parametrisation];
      const picture: Parametrisation = new of(start);
      const { learningRateScale: gentleness } = context;
      const optimiser: Optimiser =
        run.optimiser === 'lbfgs'
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
        shown = await withOwnColours(context, run, mean.add(picture.image));
        context.onStep({ scale: i + 1, losses, image: shown });
      }
      image = picture.image;
    }
    return shown;
  } finally {
    await Promise.all([objective?.dispose(), smooth?.of.dispose()]);
  }
}

/** The picture that the optimisation starts from: a given one, or noise. */
async function startAt(
  { pictures, random }: RunContext,
  { start }: PreparedStyle,
  { width, height }: Size,
): Promise<Planes> {
  if (start !== undefined) return pictures.at(start, width, height);
  const noise = emptyPlanes(3, width, height);
  for (let i = 0; i < noise.data.length; i++) noise.data[i] = 0.4 + 0.2 * random();
  return noise;
}

/** What the content loss compares with; nothing where it is left out. */
async function contentAt(
  { pictures }: RunContext,
  { content, contentTap, colour }: PreparedStyle,
  { width, height }: Size,
): Promise<Planes | undefined> {
  if (content === undefined || contentTap === undefined) return undefined;
  const picture = await pictures.at(content, width, height);
  return colour === 'luminance' ? greyOf(picture) : picture;
}

/** What is shown of an image: itself, or its brightness with the content's colours. */
async function withOwnColours(
  { pictures }: RunContext,
  { content, colour }: PreparedStyle,
  image: Planes,
): Promise<Planes> {
  if (colour !== 'luminance') return image;
  return withChromaOf(image, await pictures.at(content!, image.width, image.height));
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
  { loss, alpha, beta, contentTap, styleTaps, styles }: PreparedStyle,
  tiled: boolean,
): Promise<StyleObjective & { readonly tiled: boolean }> {
  const styleWeights = new Map(styleTaps.map(({ tap, weight }) => [tap, beta * weight]));
  const terms: Terms = { loss, alpha, contentTap, styleWeights };
  const masked = styles.some(({ mask }) => mask !== undefined);
  const regions = masked ? styles.length : Math.min(1, styles.length);
  const objective = tiled
    ? await TiledStyle.compile(context, terms, regions)
    : await WholeStyle.compile(context, terms, regions, masked);
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
