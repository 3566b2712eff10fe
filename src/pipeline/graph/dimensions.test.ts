import { expect, it } from 'vitest';
import { outputSize, plus, sizeAt, times } from './dimensions.js';

const halved = { kernel: [3, 3], stride: 2, pad: [1, 1] } as const;

it('evaluates a size that is halved twice and doubled twice', () => {
  const quarter = outputSize(outputSize('height', halved, 0, 'floor'), halved, 0, 'floor');
  const whole = times(plus(times(plus(quarter, 4), 2), -8), 2);
  for (const [height, wanted] of [
    [512, 512],
    [37, 40],
    [1, 4],
  ] as const)
    expect(sizeAt(whole, { height })).toBe(wanted);
});

it('has one expression for a size that is padded and cropped, or multiplied in two steps', () => {
  expect(plus(plus('width', 3), -3)).toBe('width');
  expect(times(times('width', 2), 3)).toBe(times('width', 6));
});
