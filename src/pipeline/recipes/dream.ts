/**
 * Deep dream (Mordvintsev, Olah and Tyka, "Inceptionism", 2015): gradient ascent on the activations of a layer, over
 * octaves, each starting with the detail that the ones before have drawn.
 */
import { input } from '../graph/graph.js';
import { resizeBilinear, roll, type Planes } from '../image/planes.js';
import { activation } from '../objectives/losses.js';
import { ascend } from '../optimisers/ascent.js';
import type { Scale, Studio } from './run.js';

export interface DreamSettings {
  readonly layer: string;
  /** Step length on the 0–255 scale. */
  readonly strength: number;
  /** The octaves, smallest first. */
  readonly scales: readonly Scale[];
  /** The picture at a size. */
  readonly image: (width: number, height: number) => Promise<Planes>;
}

/** Largest shift of the picture before a step, in pixels: no pixel keeps its place on the network's grid. */
const JITTER = 32;

export async function dream(
  studio: Studio,
  { layer, strength, scales, image }: DreamSettings,
): Promise<Planes> {
  const picture = input('image', [1, 3, 'height', 'width']);
  const objective = activation(studio.network.build(picture, studio.weights).get(layer)!);
  const climb = await studio.engine.compile({
    outputs: { total: objective },
    gradient: { name: 'gradient', of: objective, by: picture },
  });
  const shift = () => Math.floor(studio.random() * (2 * JITTER + 1)) - JITTER;
  try {
    let detail: Planes | undefined;
    let result: Planes | undefined;
    for (const [octave, { width, height, steps }] of scales.entries()) {
      const base = await image(width, height);
      result = detail ? plus(base, resizeBilinear(detail, width, height), 1) : base;
      for (let step = 0; step < steps; step++) {
        const [dx, dy] = [shift(), shift()];
        const rolled = roll(result, dx, dy);
        const { gradient, total } = await climb.run({
          image: { data: rolled.data, shape: [1, 3, height, width] },
        });
        ascend(rolled.data, gradient!.data, strength / 255);
        clamp(rolled.data);
        result = roll(rolled, -dx, -dy);
        // Half the mean square: comparable between octaves, which differ in their number of positions.
        studio.onStep({
          scale: octave + 1,
          losses: { total: total!.data[0]! / (width * height) },
          image: result,
        });
      }
      detail = plus(result, base, -1);
    }
    return result!;
  } finally {
    await climb.dispose();
  }
}

function plus(a: Planes, b: Planes, factor: number): Planes {
  return { ...a, data: a.data.map((value, i) => value + factor * b.data[i]!) };
}

function clamp(data: Float32Array): void {
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, data[i]!));
}
