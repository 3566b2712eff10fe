import { expect, it } from 'vitest';
import { sequence } from '../../../test/fixtures.js';
import { warp, warpTransposed } from './warp.js';

const planes = (width: number, height: number, seed: number) => ({
  channels: 3,
  width,
  height,
  data: sequence(3 * width * height, seed, -1, 1),
});
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

it('warpTransposed is the transpose of warp: ⟨Wx, y⟩ = ⟨x, Wᵀy⟩', () => {
  const x = planes(17, 12, 1);
  for (const y of [planes(17, 12, 2), planes(9, 7, 3)])
    for (const turn of [
      { angle: 0.1, scale: 1.05, shift: [0, 0] },
      { angle: -0.3, scale: 0.9, shift: [2.5, -4] },
    ] as const)
      expect(dot(warp(x, turn, y).data, y.data)).toBeCloseTo(dot(x.data, warpTransposed(y, turn, x).data), 3);
});

it('rotates a square by a quarter turn', () => {
  const square = { channels: 1, width: 2, height: 2, data: new Float32Array([1, 2, 3, 4]) };
  const turned = [...warp(square, { angle: Math.PI / 2, scale: 1, shift: [0, 0] }).data];
  expect(turned.map((value) => Math.round(value))).toEqual([2, 4, 1, 3]);
});

it('crops around the centre, or around the shifted centre, for a smaller size', () => {
  const line = { channels: 1, width: 6, height: 1, data: new Float32Array([1, 2, 3, 4, 5, 6]) };
  const middle = (dx: number) => [
    ...warp(line, { angle: 0, scale: 1, shift: [dx, 0] }, { width: 2, height: 1 }).data,
  ];
  expect(middle(0)).toEqual([3, 4]);
  expect(middle(-2)).toEqual([1, 2]);
});
