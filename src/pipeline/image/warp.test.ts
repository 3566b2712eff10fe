import { expect, it } from 'vitest';
import { sequence } from '../../../test/fixtures.js';
import { warp, warpTransposed } from './warp.js';

const size = { channels: 3, width: 17, height: 12 };
const x = { ...size, data: sequence(3 * 17 * 12, 1, -1, 1) };
const y = { ...size, data: sequence(3 * 17 * 12, 2, -1, 1) };
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

it('transposed, is its own transpose: ⟨Wx, y⟩ = ⟨x, Wᵀy⟩', () => {
  for (const turn of [
    { angle: 0.1, scale: 1.05 },
    { angle: -0.3, scale: 0.9 },
  ])
    expect(dot(warp(x, turn).data, y.data)).toBeCloseTo(dot(x.data, warpTransposed(y, turn).data), 3);
});

it('by a quarter of a turn puts a square on its side', () => {
  const square = { channels: 1, width: 2, height: 2, data: new Float32Array([1, 2, 3, 4]) };
  const turned = [...warp(square, { angle: Math.PI / 2, scale: 1 }).data].map((value) => Math.round(value));
  expect(turned).toEqual([2, 4, 1, 3]);
});
