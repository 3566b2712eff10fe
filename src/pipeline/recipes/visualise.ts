/**
 * Feature visualisation (Olah, Mordvintsev and Schubert, "Feature Visualization", Distill 2017): the picture, from
 * noise, that a channel answers to most. Decorrelated colours, frequencies that count by 1/f instead of pixels, and
 * shifts, turns and scalings before every step keep it clear of noise that only the network would notice.
 */
import { input } from '../graph/graph.js';
import { contactSheet } from '../image/contact-sheet.js';
import { FourierImage } from '../parametrisations/fourier.js';
import { crop, emptyPlanes, resizeBilinear, type Planes } from '../image/planes.js';
import { warp, warpTransposed } from '../image/warp.js';
import { compileActivationObjective, type ActivationObjective } from '../objectives/dream-gradient.js';
import { Adam } from '../optimisers/adam.js';
import type { PictureHash, PreparedVisualise } from '../prepared-run.js';
import type { RunContext } from './run-context.js';

const RATE = 0.05;
const BETAS = [0.9, 0.99] as const;
/** Pixels, radians, and share of the size, each at random up to it. */
const ROBUSTNESS = { jitter: 8, angle: Math.PI / 18, scale: 0.1 };
/** The parameters that the optimisation starts from, and what is added for as long as a channel does not answer at all. */
const NOISE = 0.02;
const MORE_NOISE = 0.1;
/**
 * Drawn around each side but not shown, as a share of it: what the network sees at the edge of its view, next to
 * nothing, lies mostly there. The whole comes out at a power of two where the side is 96, 192 or 384.
 */
const MARGIN = 1 / 6;

/** One channel's picture, or a contact sheet of several. */
export async function visualise(context: RunContext, run: PreparedVisualise): Promise<Planes> {
  if (run.picture !== undefined) return activationMaps(context, run, run.picture);
  const { layer, channels, scales } = run;
  const first = channels[0]!;
  const objective = await compileActivationObjective(context, {
    targets: [{ layer, weight: 1, channels: [first, first] }],
    objective: 'mean',
  });
  try {
    const cells: { picture: Planes; caption: string }[] = [];
    for (const [i, channel] of channels.entries()) {
      objective.selectChannels([channel, channel]);
      const { width: side, steps } = scales[i]!;
      const picture = await draw(context, objective, { side, steps, scale: i + 1 });
      cells.push({ picture, caption: String(channel) });
    }
    return cells.length === 1 ? cells[0]!.picture : await contactSheet(cells);
  } finally {
    await objective.dispose();
  }
}

async function draw(
  { random, learningRateScale: gentleness, onStep }: RunContext,
  objective: ActivationObjective,
  { side, steps, scale }: { side: number; steps: number; scale: number },
): Promise<Planes> {
  const within = (reach: number) => (2 * random() - 1) * reach;
  const margin = Math.round(side * MARGIN);
  const view = { left: margin, top: margin, width: side, height: side };
  const grey = emptyPlanes(3, side + 2 * margin, side + 2 * margin);
  grey.data.fill(0.5);
  const picture = new FourierImage(grey);
  const stir = (reach: number) => {
    for (const { data } of picture.levels) for (let i = 0; i < data.length; i++) data[i]! += within(reach);
    picture.update();
  };
  stir(NOISE);
  const adam = new Adam(picture.levels, { rate: RATE * gentleness, betas: BETAS });
  for (let step = 0; step < steps; step++) {
    const turn = {
      shift: [within(ROBUSTNESS.jitter), within(ROBUSTNESS.jitter)],
      angle: within(ROBUSTNESS.angle),
      scale: 1 + within(ROBUSTNESS.scale),
    } as const;
    const { total, gradient } = await objective.evaluate(warp(picture.image, turn, view));
    if (total === 0) stir(MORE_NOISE);
    const own = warpTransposed(gradient, turn, grey);
    // Adam goes down; the objective is to go up.
    const byLevel = picture.gradients({ ...own, data: own.data.map((g) => -g) });
    adam.step(byLevel.map(({ data }) => data));
    picture.update();
    onStep({ scale, losses: { total }, image: crop(picture.image, view) });
  }
  return crop(picture.image, view);
}

/** How strongly a picture excites each of a layer's channels at each place: a sheet of maps, black to white. */
async function activationMaps(
  { engine, network, weights, pictures, onStep }: RunContext,
  { layer, channels, scales }: PreparedVisualise,
  picture: PictureHash,
): Promise<Planes> {
  const { width, height } = scales[0]!;
  const { data } = await pictures.at(picture, width, height);
  const features = network.build(input('image', [1, 3, 'height', 'width']), weights).get(layer)!;
  const program = await engine.compile({ outputs: { features } });
  try {
    const { features: maps } = await program.run({ image: { data, shape: [1, 3, height, width] } });
    const [, , rows, columns] = maps!.shape as [number, number, number, number];
    const cells = channels.map((channel) => {
      const values = maps!.data.subarray(channel * rows * columns, (channel + 1) * rows * columns);
      const [low, high] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [0, 1e-6]);
      const grey = values.map((value) => (value - low) / (high - low));
      const small: Planes = {
        channels: 3,
        width: columns,
        height: rows,
        data: Float32Array.from({ length: 3 * grey.length }, (_, i) => grey[i % grey.length]!),
      };
      return { picture: resizeBilinear(small, width, height), caption: String(channel) };
    });
    const sheet = cells.length === 1 ? cells[0]!.picture : await contactSheet(cells);
    const strongest = maps!.data.reduce((a, b) => Math.max(a, b), 0);
    onStep({ scale: 1, losses: { total: strongest }, image: sheet });
    return sheet;
  } finally {
    await program.dispose();
  }
}
