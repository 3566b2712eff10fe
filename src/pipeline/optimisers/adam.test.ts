import { expect, it } from 'vitest';
import type { Planes } from '../image/planes.js';
import { Adam } from './adam.js';

const plane = (...values: readonly number[]): Planes => ({
  channels: 1,
  width: values.length,
  height: 1,
  data: Float32Array.from(values),
});
const options = { rate: 0.1, betas: [0.9, 0.99] as const };

it('takes the steps of the paper, scaled by the rate factor', () => {
  const x = plane(1);
  const adam = new Adam([x], options);
  let [m, v, expected] = [0, 0, 1];
  for (const [t, [g, factor]] of [[2, 1] as const, [-0.5, 1] as const, [1, 0.25] as const].entries()) {
    m = 0.9 * m + 0.1 * g;
    v = 0.99 * v + 0.01 * g * g;
    expected -= (factor * 0.1 * (m / (1 - 0.9 ** (t + 1)))) / Math.sqrt(v / (1 - 0.99 ** (t + 1)));
    adam.step([plane(g)], 0, factor);
    expect(x.data[0]).toBeCloseTo(expected, 5);
  }
});

it('resamples its moments and keeps its step count at another size', () => {
  const small = plane(1, 1);
  const before = new Adam([small], options);
  before.step([plane(1, 1)]);
  const large = plane(1, 1, 1, 1);
  new Adam([large], options, before).step([plane(1, 1, 1, 1)]);
  before.step([plane(1, 1)]);
  // The gradient is uniform. The small picture took two equal steps, the large one only the second of them.
  for (const value of large.data) expect(1 - value).toBeCloseTo((1 - small.data[0]!) / 2, 5);
});
