import { expect, it } from 'vitest';
import { animate } from '../src/pipeline/export/animation.js';
import { selectFrames } from '../src/pipeline/image/frames.js';
import type { Raster } from '../src/pipeline/pictures.js';
import { drawnAnimation } from './drawn-animation.js';

const difference = (a: Raster, b: Raster) =>
  a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length;

it('the drawn animation moves slowly and evenly, also from its last frame to its first', async () => {
  const animation = await drawnAnimation({ count: 12, longest: 128 });
  const { frames } = animation;
  expect(frames).toHaveLength(12);
  const steps = frames.map((frame, i) => difference(frame, frames[(i + 1) % 12]!));
  expect(Math.min(...steps)).toBeGreaterThan(0.5);
  expect(Math.max(...steps)).toBeLessThan(2.5 * Math.min(...steps));
  expect(Math.max(...steps)).toBeLessThan(difference(frames[0]!, frames[6]!));
  for (const format of ['gif', 'webp'] as const) {
    const { bytes } = await animate(animation, { maxBytes: 1e7, format });
    expect(await selectFrames(bytes)).toMatchObject({ delays: animation.delays, loop: 0 });
  }
});
