import { expect, it } from 'vitest';
import { sequence } from '../../../test/fixtures.js';
import { FourierImage } from './fourier.js';
import { PixelImage, PyramidImage } from './parametrisation.js';
import type { Planes } from '../image/planes.js';

/** Neither powers of two nor square. */
const size = { channels: 3, width: 21, height: 13 };
const picture: Planes = { ...size, data: sequence(3 * 21 * 13, 4, 0.1, 0.9) };
/** A loss that is linear in the image, so that its gradient is known: Σ slope·image. */
const slope: Planes = { ...size, data: sequence(3 * 21 * 13, 5, -1, 1) };
const STEP = 1e-2;

for (const [name, Image] of Object.entries({ PixelImage, PyramidImage, FourierImage })) {
  it(`${name} starts with the given picture`, () => {
    new Image(picture).image.data.forEach((value, i) => {
      expect(value).toBeCloseTo(picture.data[i]!, 4);
    });
  });

  it(`the gradients of ${name} agree with central differences`, () => {
    const image = new Image(picture);
    const loss = () => {
      image.update();
      return image.image.data.reduce((sum, value, i) => sum + value * slope.data[i]!, 0);
    };
    const gradients = image.gradients(slope);
    expect(gradients).toHaveLength(image.levels.length);
    image.levels.forEach(({ data }, k) => {
      const gradient = gradients[k]!.data;
      expect(gradient).toHaveLength(data.length);
      const largest = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
      for (let i = 0; i < data.length; i += Math.max(1, Math.floor(data.length / 40))) {
        const before = data[i]!;
        data[i] = before + STEP;
        const above = loss();
        data[i] = before - STEP;
        const below = loss();
        data[i] = before;
        expect(Math.abs(gradient[i]! - (above - below) / (2 * STEP))).toBeLessThan(2e-3 * largest);
      }
    });
  });
}
