/**
 * Deep dream (Mordvintsev, Olah and Tyka, "Inceptionism", 2015): gradient ascent on the activations of a layer, over
 * octaves, each starting with the detail that the ones before have drawn. A zoom goes on dreaming on its own result.
 */
import { resizeBilinear, roll, type Planes } from '../image/planes.js';
import { cutWrapped } from '../image/mosaic.js';
import { compileActivationObjective, TILE, type ActivationObjective } from '../objectives/dream-gradient.js';
import { ascend } from '../optimisers/ascent.js';
import { smooth } from '../optimisers/smoothing.js';
import type { PreparedDream } from '../prepared-run.js';
import type { RunContext } from './run-context.js';

/** The dream, and after it the frames of its zoom. */
export async function dream(context: RunContext, run: PreparedDream): Promise<[Planes, ...Planes[]]> {
  const objective = await compileActivationObjective(context, run);
  try {
    const { octaves, zoom, picture: file } = run;
    let detail: Planes | undefined;
    let result: Planes | undefined;
    for (const [i, octave] of octaves.entries()) {
      const base = await context.pictures.at(file, octave.width, octave.height);
      const start = detail ? plus(base, resizeBilinear(detail, octave.width, octave.height), 1) : base;
      result = await dreamOctave(context, run, objective, {
        picture: start,
        scale: i + 1,
        steps: octave.steps,
      });
      detail = plus(result, base, -1);
    }
    const frames: [Planes, ...Planes[]] = [result!];
    for (const [i, { steps }] of (zoom?.frames ?? []).entries()) {
      const picture = closer(frames.at(-1)!, zoom!.factor);
      frames.push(
        await dreamOctave(context, run, objective, { picture, scale: octaves.length + i + 1, steps }),
      );
    }
    return frames;
  } finally {
    await objective.dispose();
  }
}

async function dreamOctave(
  { random, learningRateScale: gentleness, onStep }: RunContext,
  { strength, jitter, smoothing }: PreparedDream,
  objective: ActivationObjective,
  { picture, scale, steps }: { picture: Planes; scale: number; steps: number },
): Promise<Planes> {
  // Where the picture is seen in tiles, their borders lie elsewhere at every step, so that none is seen.
  const reach = Math.max(picture.width, picture.height) > TILE ? Math.max(jitter, TILE) : jitter;
  const shift = () => Math.floor(random() * (2 * reach + 1)) - reach;
  let result = picture;
  for (let step = 0; step < steps; step++) {
    const [dx, dy] = [shift(), shift()];
    const rolled = roll(result, dx, dy);
    const { total, gradient } = await objective.evaluate(rolled);
    ascend(rolled.data, smooth(gradient, smoothing).data, (gentleness * strength) / 255);
    clamp(rolled.data);
    result = roll(rolled, -dx, -dy);
    onStep({ scale, losses: { total }, image: result });
  }
  return result;
}

/** The middle of a picture, enlarged to its size. */
function closer(picture: Planes, factor: number): Planes {
  const { width, height } = picture;
  const [w, h] = [Math.round(width / factor), Math.round(height / factor)];
  const middle = { x: (width - w) >> 1, y: (height - h) >> 1, width: w, height: h };
  return resizeBilinear(cutWrapped(picture, middle), width, height);
}

function plus(a: Planes, b: Planes, factor: number): Planes {
  return { ...a, data: a.data.map((value, i) => value + factor * b.data[i]!) };
}

function clamp(data: Float32Array): void {
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, data[i]!));
}
