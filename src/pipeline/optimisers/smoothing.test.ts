import { expect, it } from 'vitest';
import { sequence } from '../../../test/fixtures.js';
import type { Planes } from '../image/planes.js';
import { smooth } from './smoothing.js';

const noise: Planes = { channels: 3, width: 37, height: 30, data: sequence(3 * 37 * 30, 5, -1, 1) };

/** Mean of products of neighbours in a row, over the mean square: 0 for white noise, 1 for flat areas. */
function correlation({ data, width }: Planes): number {
  let products = 0;
  let squares = 0;
  for (let i = 0; i + 1 < data.length; i++) {
    if ((i + 1) % width === 0) continue;
    products += data[i]! * data[i + 1]!;
    squares += data[i]! ** 2;
  }
  return products / squares;
}

it('increases the correlation of neighbouring pixels', () => {
  const before = correlation(noise);
  expect(Math.abs(before)).toBeLessThan(0.1);
  expect(correlation(smooth(noise, 'laplacian'))).toBeGreaterThan(0.25);
  expect(correlation(smooth(noise, 'gaussian'))).toBeGreaterThan(0.25);
});

it('leaves a flat gradient flat up to the edges', () => {
  const flat = { ...noise, data: noise.data.map(() => 0.5) };
  for (const value of smooth(flat, 'gaussian').data) expect(value).toBeCloseTo(0.5, 5);
  // Only the coarsest level is not zero, and it is divided by its own root mean square.
  for (const value of smooth(flat, 'laplacian').data) expect(value).toBeCloseTo(1, 4);
});
