/** Smooths gradients before gradient ascent, so that coarse structures grow as much as fine noise. */
import { emptyPlanes, type Planes } from '../image/planes.js';

export type Smoothing = 'none' | 'laplacian' | 'gaussian';

const LEVELS = 4;
/** Standard deviations in pixels. The smoothed gradient is the average of the three blurred ones. */
const SIGMAS = [0.5, 1, 2];

export function smooth(gradient: Planes, kind: Smoothing): Planes {
  if (kind === 'laplacian') return normaliseLaplacian(gradient, LEVELS);
  if (kind === 'gaussian') return averageGaussians(gradient);
  return gradient;
}

/**
 * Divides every level of the Laplacian pyramid by its root mean square, so that all frequencies have the same weight
 * (Mordvintsev's TensorFlow notebook of 2015).
 */
function normaliseLaplacian(x: Planes, levels: number): Planes {
  if (levels === 0 || Math.min(x.width, x.height) < 4) return divideByRms(x);
  const low = halve(x);
  const expanded = double(low, x.width, x.height);
  const high = divideByRms({ ...x, data: x.data.map((value, i) => value - expanded.data[i]!) });
  const rest = double(normaliseLaplacian(low, levels - 1), x.width, x.height);
  return { ...x, data: high.data.map((value, i) => value + rest.data[i]!) };
}

function divideByRms(x: Planes): Planes {
  const rms = Math.sqrt(x.data.reduce((sum, value) => sum + value * value, 0) / x.data.length);
  return { ...x, data: x.data.map((value) => value / (rms + 1e-10)) };
}

function averageGaussians(x: Planes): Planes {
  const sum = emptyPlanes(x.channels, x.width, x.height);
  for (const sigma of SIGMAS) {
    const radius = Math.ceil(3 * sigma);
    const gaussian = Array.from({ length: 2 * radius + 1 }, (_, i) =>
      Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
    );
    const total = gaussian.reduce((a, b) => a + b);
    const blurred = blur(
      x,
      gaussian.map((value) => value / total),
    );
    for (let i = 0; i < sum.data.length; i++) sum.data[i]! += blurred.data[i]! / SIGMAS.length;
  }
  return sum;
}

/** Burt and Adelson's binomial kernel. */
const BINOMIAL = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16];

function halve(x: Planes): Planes {
  const blurred = blur(x, BINOMIAL);
  const half = emptyPlanes(x.channels, Math.ceil(x.width / 2), Math.ceil(x.height / 2));
  let i = 0;
  for (let c = 0; c < x.channels; c++)
    for (let row = 0; row < half.height; row++)
      for (let column = 0; column < half.width; column++)
        half.data[i++] = blurred.data[(c * x.height + 2 * row) * x.width + 2 * column]!;
  return half;
}

/** Upsamples by two: inserts zeros between the pixels and blurs with four times the binomial kernel. */
function double(x: Planes, width: number, height: number): Planes {
  const interpolation = (length: number, limit: number) =>
    Array.from({ length }, (_, i) => {
      const at = i >> 1;
      const [before, after] = [Math.max(0, at - 1), Math.min(limit - 1, at + 1)];
      return i % 2 === 0
        ? ([before, 1 / 8, at, 6 / 8, after, 1 / 8] as const)
        : ([at, 4 / 8, after, 4 / 8, at, 0] as const);
    });
  const wide = emptyPlanes(x.channels, width, x.height);
  const columns = interpolation(width, x.width);
  for (let row = 0; row < x.channels * x.height; row++)
    for (const [i, [a, u, b, v, c, w]] of columns.entries()) {
      const from = row * x.width;
      wide.data[row * width + i] = u * x.data[from + a]! + v * x.data[from + b]! + w * x.data[from + c]!;
    }
  const whole = emptyPlanes(x.channels, width, height);
  const rows = interpolation(height, x.height);
  for (let channel = 0; channel < x.channels; channel++)
    for (const [i, [a, u, b, v, c, w]] of rows.entries()) {
      const from = channel * x.height * width;
      for (let column = 0; column < width; column++)
        whole.data[(channel * height + i) * width + column] =
          u * wide.data[from + a * width + column]! +
          v * wide.data[from + b * width + column]! +
          w * wide.data[from + c * width + column]!;
    }
  return whole;
}

/** Blurs along the rows, then along the columns. The edge pixels are repeated beyond the edges. */
function blur({ channels, width, height, data }: Planes, kernel: readonly number[]): Planes {
  const radius = (kernel.length - 1) / 2;
  const clampIndex = (i: number, length: number) => Math.min(length - 1, Math.max(0, i));
  const wide = emptyPlanes(channels, width, height);
  for (let row = 0; row < channels * height; row++)
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++)
        sum += kernel[k + radius]! * data[row * width + clampIndex(x + k, width)]!;
      wide.data[row * width + x] = sum;
    }
  const whole = emptyPlanes(channels, width, height);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++)
      for (let k = -radius; k <= radius; k++) {
        const from = (c * height + clampIndex(y + k, height)) * width;
        const to = (c * height + y) * width;
        for (let x = 0; x < width; x++) whole.data[to + x]! += kernel[k + radius]! * wide.data[from + x]!;
      }
  return whole;
}
