/**
 * Feature visualisation (Olah, Mordvintsev and Schubert, "Feature Visualization", Distill 2017): the picture, from
 * noise, that a channel answers to most. Decorrelated colours, a scale-space of the picture instead of its pixels, and
 * shifts, turns and scalings before every step keep it clear of noise that only the network would notice.
 */
import { input } from '../graph/graph.js';
import { contactSheet } from '../image/contact-sheet.js';
import { PyramidImage } from '../image/parametrisation.js';
import { emptyPlanes, resizeBilinear, roll, type Planes } from '../image/planes.js';
import { warp, warpTransposed } from '../image/warp.js';
import { prepareClimb } from '../objectives/dream-gradient.js';
import { Adam } from '../optimisers/adam.js';
import type { Studio } from './run.js';

const RATE = 0.05;
const BETAS = [0.9, 0.99] as const;
/** Pixels, radians, and share of the size. */
const ROBUSTNESS = { jitter: 8, angle: Math.PI / 36, scale: 0.06 };
/** Grey noise around the middle of the scale that the optimisation starts from. */
const NOISE = 0.04;

export interface VisualiseSettings {
  readonly layer: string;
  readonly channels: readonly number[];
  readonly side: number;
  readonly steps: number;
}

/** One channel's picture, or a contact sheet of several. */
export async function visualise(
  studio: Studio,
  { layer, channels, side, steps }: VisualiseSettings,
): Promise<Planes> {
  const cells: { picture: Planes; caption: string }[] = [];
  for (const [i, channel] of channels.entries())
    cells.push({
      picture: await draw(studio, { layer, channel, side, steps, scale: i + 1 }),
      caption: String(channel),
    });
  return cells.length === 1 ? cells[0]!.picture : contactSheet(cells);
}

async function draw(
  studio: Studio,
  {
    layer,
    channel,
    side,
    steps,
    scale,
  }: { layer: string; channel: number; side: number; steps: number; scale: number },
): Promise<Planes> {
  const climb = await prepareClimb(studio, {
    targets: [{ layer, weight: 1, channels: [channel, channel] }],
    objective: 'mean',
  });
  const within = (reach: number) => (2 * studio.random() - 1) * reach;
  try {
    const start = emptyPlanes(3, side, side);
    for (let i = 0; i < start.data.length; i++) start.data[i] = 0.5 + within(NOISE);
    const picture = new PyramidImage(start);
    const adam = new Adam(picture.levels, { rate: RATE * studio.gentleness, betas: BETAS });
    for (let step = 0; step < steps; step++) {
      const [dx, dy] = [Math.round(within(ROBUSTNESS.jitter)), Math.round(within(ROBUSTNESS.jitter))];
      const turn = { angle: within(ROBUSTNESS.angle), scale: 1 + within(ROBUSTNESS.scale) };
      const { total, gradient } = await climb.at(warp(roll(picture.image, dx, dy), turn));
      const own = roll(warpTransposed(gradient, turn), -dx, -dy);
      // Adam goes down; the objective is to go up.
      const byLevel = picture.gradients({ ...own, data: own.data.map((g) => -g) });
      adam.step(byLevel.map(({ data }) => data));
      picture.update();
      studio.onStep({ scale, losses: { total }, image: picture.image });
    }
    return picture.image;
  } finally {
    await climb.dispose();
  }
}

/** How strongly a picture excites each of a layer's channels at each place: a sheet of maps, black to white. */
export async function activationMaps(
  { engine, network, weights, onStep }: Studio,
  { layer, channels, picture }: { layer: string; channels: readonly number[]; picture: Planes },
): Promise<Planes> {
  const { data, width, height } = picture;
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
