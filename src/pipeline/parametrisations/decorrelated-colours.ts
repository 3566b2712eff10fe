/** Colours in which the channels of natural images vary independently: RGB = sigmoid(C·z). */
import { inverse, Matrix } from 'ml-matrix';
import { emptyPlanes, type Planes } from '../image/planes.js';

/** Lucid's colour correlations of natural images, divided by the largest column norm; rows are R, G, B. */
const CORRELATION: readonly (readonly number[])[] = [
  [0.26, 0.09, 0.02],
  [0.27, 0, -0.05],
  [0.27, -0.09, 0.03],
];
const LARGEST = Math.hypot(0.26, 0.27, 0.27);
const COLOUR = CORRELATION.flatMap((row) => row.map((value) => value / LARGEST));
const INVERSE = inverse(Matrix.from1DArray(3, 3, COLOUR)).to1DArray();
const TRANSPOSED = Matrix.from1DArray(3, 3, COLOUR).transpose().to1DArray();

/** The logits of 0 and 1 are infinite. Clamping by two grey levels of 255 keeps the gradient from vanishing. */
const CLAMP = { least: 0.008, most: 0.992 };

/** RGB planes in [0,1] from z. */
export function toColours(z: Planes): Planes {
  const image = applyMatrix(z, COLOUR);
  for (let i = 0; i < image.data.length; i++) image.data[i] = 1 / (1 + Math.exp(-image.data[i]!));
  return image;
}

/** z from RGB planes in [0,1]. */
export function fromColours({ data, ...size }: Planes): Planes {
  const logits = data.map((value) => {
    const v = Math.min(CLAMP.most, Math.max(CLAMP.least, value));
    return Math.log(v / (1 - v));
  });
  return applyMatrix({ ...size, data: logits }, INVERSE);
}

/** The gradient with respect to z, from the gradient with respect to the image. */
export function gradientByColours(image: Planes, byImage: Planes): Planes {
  const slopes = new Float32Array(byImage.data.length);
  for (let i = 0; i < slopes.length; i++)
    slopes[i] = byImage.data[i]! * image.data[i]! * (1 - image.data[i]!);
  return applyMatrix({ ...byImage, data: slopes }, TRANSPOSED);
}

/** Multiplies the three values at every position by a 3×3 matrix in row-major order. */
function applyMatrix({ data, width, height }: Planes, matrix: readonly number[]): Planes {
  const area = width * height;
  const target = emptyPlanes(3, width, height);
  const [a, b, c, d, e, f, g, h, i] = matrix as RowMajor3x3;
  for (let p = 0; p < area; p++) {
    const [x, y, z] = [data[p]!, data[area + p]!, data[2 * area + p]!];
    target.data[p] = a * x + b * y + c * z;
    target.data[area + p] = d * x + e * y + f * z;
    target.data[2 * area + p] = g * x + h * y + i * z;
  }
  return target;
}

type RowMajor3x3 = readonly [number, number, number, number, number, number, number, number, number];
