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

/** Pure black and white lie at infinity; two grey values inside, their gradient is still alive. */
const INSIDE = { least: 0.008, most: 0.992 };

/** RGB planes in [0,1] of z. */
export function toColours(z: Planes): Planes {
  const image = mixed(z, COLOUR);
  for (let i = 0; i < image.data.length; i++) image.data[i] = 1 / (1 + Math.exp(-image.data[i]!));
  return image;
}

/** z of RGB planes in [0,1]. */
export function fromColours({ data, ...size }: Planes): Planes {
  const logits = data.map((value) => {
    const v = Math.min(INSIDE.most, Math.max(INSIDE.least, value));
    return Math.log(v / (1 - v));
  });
  return mixed({ ...size, data: logits }, INVERSE);
}

/** The gradient by z, from the gradient by the image. */
export function gradientByColours(image: Planes, byImage: Planes): Planes {
  const slopes = new Float32Array(byImage.data.length);
  for (let i = 0; i < slopes.length; i++)
    slopes[i] = byImage.data[i]! * image.data[i]! * (1 - image.data[i]!);
  return mixed({ ...byImage, data: slopes }, TRANSPOSED);
}

/** Every position's three values times a matrix, given row by row. */
function mixed({ data, width, height }: Planes, matrix: readonly number[]): Planes {
  const area = width * height;
  const target = emptyPlanes(3, width, height);
  const [a, b, c, d, e, f, g, h, i] = matrix as Nine;
  for (let p = 0; p < area; p++) {
    const [x, y, z] = [data[p]!, data[area + p]!, data[2 * area + p]!];
    target.data[p] = a * x + b * y + c * z;
    target.data[area + p] = d * x + e * y + f * z;
    target.data[2 * area + p] = g * x + h * y + i * z;
  }
  return target;
}

type Nine = readonly [number, number, number, number, number, number, number, number, number];
