import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { expectAgreement, sequence } from '../../../test/fixtures.js';
import { hasTestData, TEST_DATA } from '../../../test/test-data.js';
import { luma, matchBrightness, matchColours, withChromaOf } from './colour.js';
import type { Planes } from './planes.js';

const picture = (width: number, seed: number): Planes => ({
  channels: 3,
  width,
  height: 1,
  data: sequence(3 * width, seed),
});

const pixel = (...rgb: [number, number, number]): Planes => ({
  channels: 3,
  width: 1,
  height: 1,
  data: Float32Array.from(rgb),
});

it.skipIf(!hasTestData)('matches colours like the reference (skipped without the test data)', () => {
  const { colour_pca_A_to_B: expected } = JSON.parse(
    readFileSync(new URL('fixtures/losses.json', TEST_DATA), 'utf8'),
  ) as { colour_pca_A_to_B: number[][] };
  expectAgreement(matchColours(picture(40, 11), picture(50, 12)).data, expected.flat());
});

const moments = (values: Float32Array): [number, number] => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)];
};

it('gives the brightness of a picture the mean and standard deviation of another', () => {
  const matched = moments(luma(matchBrightness(picture(40, 1), picture(50, 2))));
  const wanted = moments(luma(picture(50, 2)));
  expect(matched[0]).toBeCloseTo(wanted[0], 4);
  expect(matched[1]).toBeCloseTo(wanted[1], 3);
});

it('combines the brightness of one picture with the chroma of another', () => {
  const result = withChromaOf(pixel(0.6, 0.6, 0.6), pixel(0.5, 0.3, 0.2));
  expect(luma(result)[0]).toBeCloseTo(0.6, 5);
  expect(result.data[0]! - result.data[2]!).toBeCloseTo(0.3, 5);
});
