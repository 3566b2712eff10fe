/**
 * Deep dream (Mordvintsev, Olah and Tyka, "Inceptionism", 2015): gradient ascent on the activations of layers, over
 * octaves, each starting with the detail that the previous ones have drawn. A zoom goes on dreaming on its own result.
 */
import type { Values } from '../engines/engine.js';
import type { Input } from '../graph/graph.js';
import { add, clamp, crop, fitSides, resizeBilinear, roll, type Planes } from '../image/planes.js';
import { createEncoder, type Encoder } from '../networks/encoder.js';
import {
  activationEnergy,
  activationMean,
  selectChannels,
  type ActivationTerm,
} from '../objectives/activation.js';
import { guideByChannels, guideByMatch, guideFeatures, type GuidedTerm } from '../objectives/guide.js';
import { overMosaic, TILE } from '../objectives/mosaic.js';
import { sum, times, type Evaluator, type Targets } from '../objectives/objective.js';
import { compileWhole } from '../objectives/whole-picture.js';
import { ascend } from '../optimisers/ascent.js';
import { smooth } from '../optimisers/smoothing.js';
import type { PreparedDream, Scale } from '../prepared-run.js';
import type { RunContext, Step } from './run-context.js';

/** Σ w_i·activation_i, maximised at every octave. Returns the dream, followed by the frames of its zoom. */
export async function* dream(
  context: RunContext,
  run: PreparedDream,
): AsyncGenerator<Step, [Planes, ...Planes[]]> {
  const { engine, network, weights, pictures } = context;
  const encoder = createEncoder(network, weights);
  const terms = run.targets.map((_, i) => dreamTerm(encoder, run, i));
  const objective = overMosaic(await compileWhole(engine, encoder, sum(terms)));
  try {
    await objective.setTargets(await targetsOf(context, encoder, run, terms));
    let detail: Planes | undefined;
    let result: Planes | undefined;
    for (const [i, octave] of run.octaves.entries()) {
      const { width, height } = octave;
      const base = await pictures.at(run.picture, width, height);
      const start = detail ? add(base, resizeBilinear(detail, width, height), 1) : base;
      result = yield* dreamOctave(context, run, objective, start, { ...octave, scale: i + 1 });
      detail = add(result, base, -1);
    }
    const frames: [Planes, ...Planes[]] = [result!];
    for (const [i, frame] of (run.zoom?.frames ?? []).entries()) {
      const start = enlarged(frames.at(-1)!, run.zoom!.factor);
      const scale = run.octaves.length + i + 1;
      frames.push(yield* dreamOctave(context, run, objective, start, { ...frame, scale }));
    }
    return frames;
  } finally {
    await objective.dispose();
  }
}

async function* dreamOctave(
  { random, learningRateScale }: RunContext,
  { strength, jitter, smoothing }: PreparedDream,
  objective: Evaluator,
  start: Planes,
  { width, height, steps, scale }: Scale & { readonly scale: number },
): AsyncGenerator<Step, Planes> {
  // Moves the borders of the tiles, if there are several, to another place at every step, so that none shows.
  const reach = Math.max(width, height) > TILE ? Math.max(jitter, TILE) : jitter;
  const shift = () => Math.floor(random() * (2 * reach + 1)) - reach;
  let image = start;
  for (let step = 0; step < steps; step++) {
    const [dx, dy] = [shift(), shift()];
    const rolled = roll(image, dx, dy);
    const { losses, gradient } = await objective.evaluate(rolled);
    ascend(rolled.data, smooth(gradient, smoothing).data, (learningRateScale * strength) / 255);
    clamp(rolled.data);
    image = roll(rolled, -dx, -dy);
    yield { scale, losses: { total: losses.total }, image };
  }
  return image;
}

function dreamTerm(encoder: Encoder, { targets, objective, guide }: PreparedDream, index: number) {
  const { layer, channels, weight } = targets[index]!;
  const name = `${layer} ${index + 1}`;
  const tap = encoder.tap(layer);
  if (guide)
    return times(weight, (guide.by === 'match' ? guideByMatch : guideByChannels)(name, tap, channels));
  // The scores of classes can be negative, and squares would grow there too, so their mean is maximised.
  const mean = objective === 'mean' || layer === encoder.network.classifier;
  return times(weight, (mean ? activationMean : activationEnergy)(name, tap, channels));
}

/** The selected channels, and what the guide's picture shows. */
async function targetsOf(
  { engine, pictures }: RunContext,
  encoder: Encoder,
  { targets, guide }: PreparedDream,
  terms: readonly (ActivationTerm | GuidedTerm)[],
): Promise<Targets> {
  const values = new Map<Input, Values>();
  const guideAt = (longest: number) => {
    const { width, height } = fitSides(guide!, longest, encoder.network.sideMin);
    return pictures.at(guide!.picture, width, height);
  };
  for (const [i, term] of terms.entries()) {
    if (term.channels)
      values.set(term.channels, selectChannels(encoder.tap(term.layer), targets[i]!.channels!));
    const selected = term.channels && values.get(term.channels);
    if ('guide' in term)
      values.set(term.guide, await guideFeatures(engine, encoder, term, guideAt, selected));
  }
  return { values };
}

/** The middle of a picture, enlarged to its size. */
function enlarged(picture: Planes, factor: number): Planes {
  const { width, height } = picture;
  const [w, h] = [Math.round(width / factor), Math.round(height / factor)];
  const middle = { left: (width - w) >> 1, top: (height - h) >> 1, width: w, height: h };
  return resizeBilinear(crop(picture, middle), width, height);
}
