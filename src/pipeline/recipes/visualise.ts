/**
 * Feature visualisation (Olah, Mordvintsev and Schubert, "Feature Visualization", Distill 2017): starting from noise,
 * the picture that a channel responds to most. Decorrelated colours, Fourier coefficients scaled by 1/f instead of
 * pixels, and random shifts, rotations and scalings before every step keep out noise that only the network would notice.
 */
import { contactSheet } from '../image/contact-sheet.js';
import { crop, emptyPlanes, type Planes } from '../image/planes.js';
import { warp, warpTransposed } from '../image/warp.js';
import { createEncoder } from '../networks/encoder.js';
import { activationMean, selectChannels } from '../objectives/activation.js';
import { overMosaic } from '../objectives/mosaic.js';
import type { Evaluator } from '../objectives/objective.js';
import { compileWhole } from '../objectives/whole-picture.js';
import { Adam } from '../optimisers/adam.js';
import { FourierImage } from '../parametrisations/fourier.js';
import type { PreparedVisualise, Scale } from '../prepared-run.js';
import { activationMaps } from './activation-maps.js';
import type { RunContext, Step } from './run-context.js';

const RATE = 0.05;
const BETAS = [0.9, 0.99] as const;
/** The largest shift in pixels, rotation in radians, and change of the scale, each drawn at random for every step. */
const ROBUSTNESS = { jitter: 8, angle: Math.PI / 18, scale: 0.1 };
/** Range of the parameters at the start, and of what is added at every step while a channel does not respond at all. */
const NOISE = 0.02;
const MORE_NOISE = 0.1;
/**
 * A margin is optimised on each side but not shown, as a share of the side: it takes most of what the network's zero
 * padding causes. The whole has a power of two for its side if the side is 96, 192 or 384.
 */
const MARGIN = 1 / 6;

/** The mean of a channel, maximised. One channel's picture, or a contact sheet of several. */
export async function* visualise(context: RunContext, run: PreparedVisualise): AsyncGenerator<Step, Planes> {
  if (run.picture !== undefined) return yield* activationMaps(context, run, run.picture);
  const { layer, channels, scales } = run;
  const encoder = createEncoder(context.network, context.weights);
  const tap = encoder.tap(layer);
  const term = activationMean(layer, tap, [channels[0]!, channels[0]!]);
  const objective = overMosaic(await compileWhole(context.engine, encoder, [term]));
  try {
    const cells: { picture: Planes; caption: string }[] = [];
    for (const [i, channel] of channels.entries()) {
      const selected = selectChannels(tap, [channel, channel]);
      await objective.setTargets({ values: new Map([[term.channels!, selected]]) });
      const picture = yield* draw(context, objective, { ...scales[i]!, scale: i + 1 });
      cells.push({ picture, caption: String(channel) });
    }
    return cells.length === 1 ? cells[0]!.picture : await contactSheet(cells);
  } finally {
    await objective.dispose();
  }
}

async function* draw(
  { random, learningRateScale }: RunContext,
  objective: Evaluator,
  { width: side, steps, scale }: Scale & { readonly scale: number },
): AsyncGenerator<Step, Planes> {
  const within = (reach: number) => (2 * random() - 1) * reach;
  const margin = Math.round(side * MARGIN);
  const view = { left: margin, top: margin, width: side, height: side };
  const grey = emptyPlanes(3, side + 2 * margin, side + 2 * margin);
  grey.data.fill(0.5);
  const picture = new FourierImage(grey);
  const addNoise = (reach: number) => {
    for (const { data } of picture.levels) for (let i = 0; i < data.length; i++) data[i]! += within(reach);
    picture.update();
  };
  addNoise(NOISE);
  const adam = new Adam(picture.levels, { rate: RATE * learningRateScale, betas: BETAS });
  for (let step = 0; step < steps; step++) {
    const turn = {
      shift: [within(ROBUSTNESS.jitter), within(ROBUSTNESS.jitter)],
      angle: within(ROBUSTNESS.angle),
      scale: 1 + within(ROBUSTNESS.scale),
    } as const;
    const { losses, gradient } = await objective.evaluate(warp(picture.image, turn, view));
    if (losses.total === 0) addNoise(MORE_NOISE);
    const own = warpTransposed(gradient, turn, grey);
    // Adam minimises, so the gradient is negated.
    adam.step(picture.gradients({ ...own, data: own.data.map((g) => -g) }));
    picture.update();
    yield { scale, losses: { total: losses.total }, image: crop(picture.image, view) };
  }
  return crop(picture.image, view);
}
