/** Colours of one picture for another (Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer"). */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { emptyPlanes, type Planes } from './planes.js';

/** Added to the variances, so that grey pictures have a root. */
const VARIANCE_MIN = 1e-5;

/** Mean colour [3] and covariance of colours [3, 3], row by row. */
export interface ColourMoments {
  readonly mean: readonly number[];
  readonly covariance: readonly number[];
}

export function colourMoments({ data, width, height }: Planes): ColourMoments {
  const area = width * height;
  const planes = [0, 1, 2].map((c) => data.subarray(c * area, (c + 1) * area));
  const mean = planes.map((plane) => plane.reduce((sum, value) => sum + value, 0) / area);
  const covariance = planes.flatMap((a, i) =>
    planes.map((b, j) => {
      let sum = 0;
      for (let p = 0; p < area; p++) sum += (a[p]! - mean[i]!) * (b[p]! - mean[j]!);
      return sum / area;
    }),
  );
  return { mean, covariance };
}

/** The moments of several pictures as if their pixels had been pooled. @param shares add up to 1 */
export function mixColourMoments(parts: readonly ColourMoments[], shares: readonly number[]): ColourMoments {
  const sum = (of: (part: ColourMoments) => number) =>
    parts.reduce((total, part, k) => total + shares[k]! * of(part), 0);
  const mean = [0, 1, 2].map((c) => sum((part) => part.mean[c]!));
  const second = ({ mean: m, covariance }: ColourMoments, i: number, j: number) =>
    covariance[3 * i + j]! + m[i]! * m[j]!;
  const covariance = [0, 1, 2].flatMap((i) =>
    [0, 1, 2].map((j) => sum((part) => second(part, i, j)) - mean[i]! * mean[j]!),
  );
  return { mean, covariance };
}

/** What is added to the variances before their roots are taken, and the least eigenvalue of what results. */
export interface Ridge {
  readonly own: number;
  readonly target: number;
  readonly least: number;
}

/** A symmetric positive definite matrix to a power. */
function power({ covariance }: ColourMoments, ridge: number, least: number, exponent: number): Matrix {
  const matrix = Matrix.from1DArray(3, 3, covariance).add(Matrix.eye(3, 3).mul(ridge));
  const { realEigenvalues, eigenvectorMatrix: v } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const values = realEigenvalues.map((value) => Math.max(value, least) ** exponent);
  return v.mmul(Matrix.diag(values)).mmul(v.transpose());
}

/** An affine map of colours: M·x + offset. */
export interface ColourMap {
  /** [3, 3], row by row. */
  readonly matrix: readonly number[];
  readonly offset: readonly number[];
}

/**
 * The map that gives a picture with the moments `own` those of the target: M(x − μ) + μ_target with
 * M = Cov_target^½·Cov^−½ (the paper's section 3, by roots instead of Cholesky factors).
 */
export function colourMap(own: ColourMoments, target: ColourMoments, ridge: Ridge): ColourMap {
  const m = power(target, ridge.target, ridge.least, 0.5).mmul(power(own, ridge.own, ridge.least, -0.5));
  const moved = m.mmul(Matrix.columnVector([...own.mean])).to1DArray();
  return { matrix: m.to1DArray(), offset: target.mean.map((mean, c) => mean - moved[c]!) };
}

/** Values may leave [0,1]. */
export function mapColours({ data, width, height }: Planes, { matrix, offset }: ColourMap): Planes {
  const area = width * height;
  const result = emptyPlanes(3, width, height);
  for (let c = 0; c < 3; c++) {
    const [x, y, z] = matrix.slice(3 * c, 3 * c + 3) as [number, number, number];
    const from = offset[c]!;
    for (let p = 0; p < area; p++)
      result.data[c * area + p] = from + x * data[p]! + y * data[area + p]! + z * data[2 * area + p]!;
  }
  return result;
}

/** The picture with the mean and covariance of the model's colours. Values may leave [0,1]. */
export const matchColours = (picture: Planes, model: Planes): Planes =>
  mapColours(
    picture,
    colourMap(colourMoments(picture), colourMoments(model), {
      own: VARIANCE_MIN,
      target: VARIANCE_MIN,
      least: 0,
    }),
  );

/** Rec. 601 luma of each pixel. */
export function luma({ data, width, height }: Planes): Float32Array {
  const area = width * height;
  const result = new Float32Array(area);
  for (let p = 0; p < area; p++)
    result[p] = 0.299 * data[p]! + 0.587 * data[area + p]! + 0.114 * data[2 * area + p]!;
  return result;
}

/** The brightness of one picture with the chroma of another of the same size (the paper's section 4). */
export function withChromaOf(brightness: Planes, colour: Planes): Planes {
  const area = colour.width * colour.height;
  const result = emptyPlanes(3, colour.width, colour.height);
  const target = luma(brightness);
  const own = luma(colour);
  for (let p = 0; p < area; p++)
    for (let c = 0; c < 3; c++)
      result.data[c * area + p] = Math.min(1, Math.max(0, colour.data[c * area + p]! + target[p]! - own[p]!));
  return result;
}

/** A picture's brightness on all three channels. */
export const greyOf = (picture: Planes): Planes => spread(picture, luma(picture));

/** A grey picture with the mean and spread of the model's brightness (the paper's section 4). */
export function matchBrightness(picture: Planes, model: Planes): Planes {
  const own = luma(picture);
  const [mean, deviation] = moments(own);
  const [targetMean, targetDeviation] = moments(luma(model));
  return spread(
    picture,
    own.map((y) => targetMean + ((y - mean) * targetDeviation) / deviation),
  );
}

function spread({ width, height }: Planes, grey: Float32Array): Planes {
  const result = emptyPlanes(3, width, height);
  for (let c = 0; c < 3; c++) result.data.set(grey, c * grey.length);
  return result;
}

function moments(values: Float32Array): [number, number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return [mean, Math.sqrt(variance + VARIANCE_MIN)];
}
