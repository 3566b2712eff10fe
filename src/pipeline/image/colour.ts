/** Colours of one picture for another (Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer"). */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { emptyPlanes, type Planes } from './planes.js';

/** Added to the variances, so that grey pictures have a root. */
const VARIANCE_MIN = 1e-5;

/** Mean colour [3] and covariance of colours [3, 3]. */
function colours({ data, width, height }: Planes): { mean: number[]; covariance: Matrix } {
  const area = width * height;
  const planes = [0, 1, 2].map((c) => data.subarray(c * area, (c + 1) * area));
  const mean = planes.map((plane) => plane.reduce((sum, value) => sum + value, 0) / area);
  const covariance = Matrix.eye(3, 3).mul(VARIANCE_MIN);
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++) {
      let sum = 0;
      for (let p = 0; p < area; p++) sum += (planes[i]![p]! - mean[i]!) * (planes[j]![p]! - mean[j]!);
      covariance.set(i, j, covariance.get(i, j) + sum / area);
    }
  return { mean, covariance };
}

/** A symmetric positive definite matrix to a power. */
function power(matrix: Matrix, exponent: number): Matrix {
  const { realEigenvalues, eigenvectorMatrix: v } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  return v.mmul(Matrix.diag(realEigenvalues.map((value) => value ** exponent))).mmul(v.transpose());
}

/**
 * The picture with the mean and covariance of the model's colours: M(x − μ) + μ_model with
 * M = Cov_model^½·Cov^−½ (the paper's section 3, by roots instead of Cholesky factors). Values may leave [0,1].
 */
export function matchColours(picture: Planes, model: Planes): Planes {
  const own = colours(picture);
  const target = colours(model);
  const m = power(target.covariance, 0.5).mmul(power(own.covariance, -0.5));
  const area = picture.width * picture.height;
  const result = emptyPlanes(3, picture.width, picture.height);
  for (let c = 0; c < 3; c++) {
    const [x, y, z] = m.getRow(c) as [number, number, number];
    for (let p = 0; p < area; p++)
      result.data[c * area + p] =
        target.mean[c]! +
        x * (picture.data[p]! - own.mean[0]!) +
        y * (picture.data[area + p]! - own.mean[1]!) +
        z * (picture.data[2 * area + p]! - own.mean[2]!);
  }
  return result;
}

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
