import { expect, it } from 'vitest';
import { sequence } from '../../../test/fixtures.js';
import { Hartley } from './hartley.js';

it('transforms each plane to Σ x·cas·cas/√N, the definition', () => {
  const [width, height] = [16, 8];
  const x = sequence(2 * width * height, 3, -1, 1);
  const transformed = x.slice();
  new Hartley(width, height).transform(transformed);
  const cas = (angle: number) => Math.cos(angle) + Math.sin(angle);
  for (const plane of [0, width * height])
    for (let l = 0; l < height; l++)
      for (let k = 0; k < width; k++) {
        let sum = 0;
        for (let n = 0; n < height; n++)
          for (let m = 0; m < width; m++)
            sum +=
              x[plane + n * width + m]! *
              cas((2 * Math.PI * k * m) / width) *
              cas((2 * Math.PI * l * n) / height);
        expect(transformed[plane + l * width + k]).toBeCloseTo(sum / Math.sqrt(width * height), 5);
      }
});

it('transforms a cosine along the rows into its two frequencies and back', () => {
  const [width, height] = [32, 4];
  const cosine = Float32Array.from({ length: width * height }, (_, i) =>
    Math.cos((2 * Math.PI * 5 * i) / width),
  );
  const hartley = new Hartley(width, height);
  const spectrum = cosine.slice();
  hartley.transform(spectrum);
  const expected = Math.sqrt(width * height) / 2;
  spectrum.forEach((value, i) => {
    expect(value).toBeCloseTo(i === 5 || i === width - 5 ? expected : 0, 5);
  });
  hartley.transform(spectrum);
  spectrum.forEach((value, i) => {
    expect(value).toBeCloseTo(cosine[i]!, 5);
  });
});
