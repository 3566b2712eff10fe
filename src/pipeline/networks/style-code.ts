/**
 * A style as swift takes it: the mean and covariance of its colours, and a code, from which a perceptron computes the
 * scale and shift of every instance normalisation. The code is made of mini's statistics of the picture; mini must
 * therefore stay as it is. What the trainer fixed is fixed here as well.
 */
import { NORMALISED_LAYERS } from './swift.js';
import type { Weights, WeightTensor } from './safetensors.js';

/** Longest side at which a style picture is read, in pixels. Smaller ones are not enlarged. */
export const READING_SIZE = 384;

/** Mini's layers, with its original zero padding and average pooling. */
export const CODE_TAPS = ['block1_conv1', 'block2_conv1', 'block3_conv1', 'block4_conv1', 'block5_conv1'];

/** Whitened components are limited to so many standard deviations. */
const COMPONENT_MAX = 3;

/** Scale and shift of every normalised layer. */
export type Modulation = ReadonlyMap<string, { readonly scale: Float32Array; readonly shift: Float32Array }>;

/**
 * Mean and unbiased standard deviation of every channel, layer after layer: [1,232].
 * @param activations of `CODE_TAPS`, in order, [1, C, H, W]
 */
export function codeOf(activations: readonly WeightTensor[]): Float64Array {
  const parts = activations.flatMap(({ data, shape }) => {
    const channels = shape[1]!;
    const area = data.length / channels;
    const means = new Float64Array(channels);
    const deviations = new Float64Array(channels);
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let p = c * area; p < (c + 1) * area; p++) sum += data[p]!;
      const mean = sum / area;
      let squares = 0;
      for (let p = c * area; p < (c + 1) * area; p++) squares += (data[p]! - mean) ** 2;
      means[c] = mean;
      deviations[c] = Math.sqrt(squares / (area - 1));
    }
    return [means, deviations];
  });
  return Float64Array.from(parts.flatMap((part) => [...part]));
}

/** The scale and shift of every normalisation, computed from a code by whitening and a perceptron. */
export function modulationOf(code: Float64Array, weights: Weights): Modulation {
  const mean = weights('code/mean').data;
  const deviation = weights('code/deviation').data;
  const standard = code.map((value, i) => (value - mean[i]!) / deviation[i]!);
  const components = product(standard, weights('code/components').data).map((value) =>
    Math.min(COMPONENT_MAX, Math.max(-COMPONENT_MAX, value)),
  );
  const hidden = dense(components, weights, 'perceptron1').map(gelu);
  return modulationFrom(dense(hidden, weights, 'perceptron2'));
}

/** x·W with W [in, out] row by row. */
function product(x: Float64Array, matrix: Float32Array): Float64Array {
  const width = matrix.length / x.length;
  const y = new Float64Array(width);
  x.forEach((value, i) => {
    for (let o = 0; o < width; o++) y[o]! += value * matrix[i * width + o]!;
  });
  return y;
}

function dense(x: Float64Array, weights: Weights, name: string): Float64Array {
  const bias = weights(`${name}/bias`).data;
  return product(x, weights(`${name}/kernel`).data).map((value, o) => value + bias[o]!);
}

const gelu = (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2));

/** Within 1.5e-7 (Abramowitz and Stegun, 7.1.26). */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

/** γ and β of each layer in turn; the scale is 1 + γ. */
export function modulationFrom(values: Float32Array | Float64Array): Modulation {
  let from = 0;
  const take = (count: number) => Float32Array.from(values.subarray(from, (from += count)));
  return new Map(
    NORMALISED_LAYERS.map(({ name, out }) => [
      name,
      { scale: take(out).map((gamma) => 1 + gamma), shift: take(out) },
    ]),
  );
}

/** The values that `modulationFrom` takes: [2400]. */
export const modulationValues = (modulation: Modulation): Float32Array =>
  Float32Array.from(
    NORMALISED_LAYERS.flatMap(({ name }) => {
      const { scale, shift } = modulation.get(name)!;
      return [...scale.map((value) => value - 1), ...shift];
    }),
  );

/** How many values `modulationFrom` takes. */
export const MODULATION_SIZE = NORMALISED_LAYERS.reduce((sum, { out }) => sum + 2 * out, 0);

/** Σ shares·modulations. The shares need not add up to 1: two that are not in [0,1] extrapolate. */
export function mixModulations(parts: readonly Modulation[], shares: readonly number[]): Modulation {
  const mix = (arrays: readonly Float32Array[]) =>
    arrays[0]!.map((_, i) => arrays.reduce((sum, array, k) => sum + shares[k]! * array[i]!, 0));
  return new Map(
    NORMALISED_LAYERS.map(({ name }) => [
      name,
      {
        scale: mix(parts.map((part) => part.get(name)!.scale)),
        shift: mix(parts.map((part) => part.get(name)!.shift)),
      },
    ]),
  );
}
