/**
 * Neural style transfer (Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR
 * 2016), from coarse to fine: each scale starts from the result of the one before.
 */
import { withChromaOf } from '../image/colour.js';
import { emptyPlanes, resizeBilinear, type Planes } from '../image/planes.js';
import { createEncoder, type Encoder } from '../networks/encoder.js';
import type { Network } from '../networks/network.js';
import { contentLoss } from '../objectives/content.js';
import { sum, times, type Evaluator } from '../objectives/objective.js';
import { gramLoss, wassersteinLoss, type StyleTerm } from '../objectives/style.js';
import { TILING } from '../objectives/tile-masks.js';
import { compileTiled } from '../objectives/tiles.js';
import { totalVariation } from '../objectives/variation.js';
import { compileWhole } from '../objectives/whole-picture.js';
import { Adam } from '../optimisers/adam.js';
import { Lbfgs } from '../optimisers/lbfgs.js';
import { learningRateSchedule, type Optimiser } from '../optimisers/optimiser.js';
import { RunningMean } from '../optimisers/running-mean.js';
import { FourierImage } from '../parametrisations/fourier.js';
import { PixelImage, PyramidImage, type Parametrisation } from '../parametrisations/parametrisation.js';
import type { PreparedStyle, Size } from '../prepared-run.js';
import { Painter } from './painter.js';
import type { PaintContext, RunContext, Step } from './run-context.js';
import { StyleTargets } from './style-targets.js';

/** Adam's learning rate, the longest step of L-BFGS, and whether Adam's moments can be resampled to another size. */
const PARAMETRISATIONS = {
  pyramid: { of: PyramidImage, rate: 0.05, reach: 0.1, resampled: true },
  fourier: { of: FourierImage, rate: 0.05, reach: 0.1, resampled: false },
  pixels: { of: PixelImage, rate: 0.02, reach: 0.03, resampled: true },
} as const;
const BETAS = [0.9, 0.99] as const;

/** α·content + β·Σ w_l·E_l + γ·variation, minimised at every scale. */
export async function* style(
  context: RunContext,
  run: PreparedStyle,
  paint: () => Promise<PaintContext>,
): AsyncGenerator<Step, Planes> {
  const { engine, network, weights, learningRateScale } = context;
  const encoder = createEncoder(network, weights, { pooling: run.pooling, edges: 'replicated' });
  const content = run.contentTap === undefined ? [] : [contentLoss(encoder.tap(run.contentTap))];
  const styles = styleLosses(encoder, run);
  const objective = sum([
    ...content.map((term) => times(run.alpha, term)),
    ...styles.map((term) => times(run.beta, term)),
    ...(run.gamma > 0 ? [times(run.gamma, totalVariation())] : []),
  ]);
  const targets = new StyleTargets(context, encoder, run, { content: content[0], styles });
  const { of, rate, reach, resampled } = PARAMETRISATIONS[run.parametrisation];
  let evaluator: Evaluator | undefined;
  let tiled = false;
  let adam: Adam | undefined;
  let shown = await startFrom(context, run, paint);
  let image = shown;
  if (typeof run.start === 'object') yield { scale: 1, start: true, losses: {}, image: shown };
  try {
    for (const [i, { width, height, steps }] of run.scales.entries()) {
      if (!evaluator || tiled !== needsTiles(network, { width, height })) {
        tiled = needsTiles(network, { width, height });
        await evaluator?.dispose();
        evaluator = await (tiled ? compileTiled : compileWhole)(engine, encoder, objective);
      }
      await evaluator.setTargets(await targets.at(i));

      const picture: Parametrisation = new of(resizeBilinear(image, width, height));
      const parameters = picture.levels;
      const optimiser: Optimiser =
        run.optimiser === 'lbfgs'
          ? new Lbfgs(parameters, { reach: reach * learningRateScale })
          : (adam = new Adam(
              parameters,
              { rate: rate * learningRateScale, betas: BETAS },
              resampled ? adam : undefined,
            ));
      // Adam's iterates scatter around the minimum. Each of L-BFGS's is better than those before it.
      const mean = run.optimiser === 'adam' ? new RunningMean(width, height) : undefined;
      for (let step = 0; step < steps; step++) {
        const { losses, gradient } = await evaluator.evaluate(picture.image);
        optimiser.step(picture.gradients(gradient), losses.total, learningRateSchedule(step, steps));
        picture.update();
        shown = await withContentColours(context, run, mean?.add(picture.image) ?? picture.image);
        yield { scale: i + 1, losses, image: shown };
      }
      image = picture.image;
    }
    return shown;
  } finally {
    await Promise.all([evaluator?.dispose(), targets.dispose()]);
  }
}

/** w_l·E_l for every layer and every region. */
function styleLosses(encoder: Encoder, { loss, styleTaps, styles }: PreparedStyle): StyleTerm[] {
  const layerLoss = loss === 'gram' ? gramLoss : wassersteinLoss;
  const masked = styles.some(({ mask }) => mask !== undefined);
  const regions = masked ? [...styles.keys()] : [0];
  return styleTaps.flatMap(({ tap, weight }) =>
    regions.map((region) => times(weight, layerLoss(encoder.tap(tap), region, masked))),
  );
}

/** Bytes that the activations of the widest layer may take before the picture is evaluated in tiles. */
const WIDEST_MAX = 300e6;

/** A step holds several maps of the first layer, which is the widest, at the same time. */
function needsTiles({ taps }: Network, { width, height }: Size): boolean {
  return Math.max(width, height) > TILING.side && width * height * taps[0]!.channels * 4 > WIDEST_MAX;
}

/** The picture that the optimisation starts from: swift's, a given one, or noise. */
async function startFrom(
  { pictures, random }: RunContext,
  { start, scales }: PreparedStyle,
  paint: () => Promise<PaintContext>,
): Promise<Planes> {
  const { width, height } = scales[0]!;
  if (typeof start === 'object') return (await Painter.open(await paint(), start)).paint();
  if (start !== undefined) return pictures.at(start, width, height);
  const noise = emptyPlanes(3, width, height);
  return { ...noise, data: noise.data.map(() => 0.4 + 0.2 * random()) };
}

/** What is shown of an image: the image itself, or its brightness with the content's colours. */
async function withContentColours(
  { pictures }: RunContext,
  { content, colour }: PreparedStyle,
  image: Planes,
) {
  if (colour !== 'luminance') return image;
  return withChromaOf(image, await pictures.at(content!, image.width, image.height));
}
