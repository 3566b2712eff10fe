/** Pictures as floating-point planes: what the optimisers work on. */
import type { Raster } from '../pictures.js';

/** `data` holds channels × height × width values, plane by plane. RGB pictures lie in [0,1]. */
export interface Planes {
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export const emptyPlanes = (channels: number, width: number, height: number): Planes => ({
  channels,
  width,
  height,
  data: new Float32Array(channels * width * height),
});

export function toPlanes({ width, height, data }: Raster): Planes {
  const area = width * height;
  const planes = emptyPlanes(3, width, height);
  for (let p = 0; p < area; p++)
    for (let c = 0; c < 3; c++) planes.data[c * area + p] = data[p * 3 + c]! / 255;
  return planes;
}

export function toRaster({ width, height, data }: Planes): Raster {
  const area = width * height;
  const bytes = new Uint8Array(area * 3);
  for (let p = 0; p < area; p++)
    for (let c = 0; c < 3; c++) {
      const value = data[c * area + p]! * 255 + 0.5;
      bytes[p * 3 + c] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  return { width, height, data: bytes };
}

interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float32Array;
}

/** For each target position its two source positions and the weight of the second (pixel centres at ½). */
function linearTaps(from: number, to: number): Taps {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const weight = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.max(0, Math.min(from - 1, ((i + 0.5) * from) / to - 0.5));
    low[i] = Math.floor(at);
    high[i] = Math.min(from - 1, low[i]! + 1);
    weight[i] = at - low[i]!;
  }
  return { low, high, weight };
}

/** Bilinear interpolation, rows first; to shrink a picture, `decode` it smaller instead. */
export function resizeBilinear(source: Planes, width: number, height: number): Planes {
  const target = emptyPlanes(source.channels, width, height);
  const xs = linearTaps(source.width, width);
  const ys = linearTaps(source.height, height);
  const between = new Float32Array(source.width);
  for (let c = 0; c < source.channels; c++)
    for (let y = 0; y < height; y++) {
      const top = (c * source.height + ys.low[y]!) * source.width;
      const bottom = (c * source.height + ys.high[y]!) * source.width;
      const v = ys.weight[y]!;
      for (let x = 0; x < source.width; x++)
        between[x] = source.data[top + x]! * (1 - v) + source.data[bottom + x]! * v;
      const row = (c * height + y) * width;
      for (let x = 0; x < width; x++) {
        const u = xs.weight[x]!;
        target.data[row + x] = between[xs.low[x]!]! * (1 - u) + between[xs.high[x]!]! * u;
      }
    }
  return target;
}

/** The transpose of `resizeBilinear`: carries a gradient from the large picture back to the small one. */
export function resizeBilinearTransposed(gradient: Planes, width: number, height: number): Planes {
  const target = emptyPlanes(gradient.channels, width, height);
  const xs = linearTaps(width, gradient.width);
  const ys = linearTaps(height, gradient.height);
  const between = new Float32Array(width);
  for (let c = 0; c < gradient.channels; c++)
    for (let y = 0; y < gradient.height; y++) {
      const row = (c * gradient.height + y) * gradient.width;
      between.fill(0);
      for (let x = 0; x < gradient.width; x++) {
        const g = gradient.data[row + x]!;
        const u = xs.weight[x]!;
        between[xs.low[x]!]! += g * (1 - u);
        between[xs.high[x]!]! += g * u;
      }
      const top = (c * height + ys.low[y]!) * width;
      const bottom = (c * height + ys.high[y]!) * width;
      const v = ys.weight[y]!;
      for (let x = 0; x < width; x++) {
        target.data[top + x]! += between[x]! * (1 - v);
        target.data[bottom + x]! += between[x]! * v;
      }
    }
  return target;
}

/** Shifts a picture by whole pixels, wrapping around its edges. */
export function roll({ channels, width, height, data }: Planes, dx: number, dy: number): Planes {
  const target = emptyPlanes(channels, width, height);
  const sx = ((dx % width) + width) % width;
  const sy = ((dy % height) + height) % height;
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++) {
      const from = (c * height + y) * width;
      const to = (c * height + ((y + sy) % height)) * width;
      target.data.set(data.subarray(from, from + width - sx), to + sx);
      target.data.set(data.subarray(from + width - sx, from + width), to);
    }
  return target;
}

/** Width and height with the longest side at `longest`; no side under `shortest`. */
export function fitSides(
  { width, height }: { readonly width: number; readonly height: number },
  longest: number,
  shortest = 1,
): { width: number; height: number } {
  const factor = longest / Math.max(width, height);
  return {
    width: Math.max(shortest, Math.round(width * factor)),
    height: Math.max(shortest, Math.round(height * factor)),
  };
}

/** A rectangle of a picture. */
export function crop(
  { channels, width, height, data }: Planes,
  part: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
): Planes {
  const target = emptyPlanes(channels, part.width, part.height);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < part.height; y++) {
      const from = (c * height + part.top + y) * width + part.left;
      target.data.set(data.subarray(from, from + part.width), (c * part.height + y) * part.width);
    }
  return target;
}

/** The picture enlarged to the right and downwards by its reflection; the edge pixels are not repeated. */
export function reflectedTo(source: Planes, width: number, height: number): Planes {
  if (width === source.width && height === source.height) return source;
  const target = emptyPlanes(source.channels, width, height);
  const inside = (i: number, size: number) => (i < size ? i : 2 * (size - 1) - i);
  for (let c = 0; c < source.channels; c++)
    for (let y = 0; y < height; y++) {
      const from = (c * source.height + inside(y, source.height)) * source.width;
      const to = (c * height + y) * width;
      for (let x = 0; x < width; x++) target.data[to + x] = source.data[from + inside(x, source.width)]!;
    }
  return target;
}

/** Adds a rectangle to a picture, in place. */
export function addAt(target: Planes, part: Planes, left: number, top: number): void {
  for (let c = 0; c < part.channels; c++)
    for (let y = 0; y < part.height; y++) {
      const to = (c * target.height + top + y) * target.width + left;
      const from = (c * part.height + y) * part.width;
      for (let x = 0; x < part.width; x++) target.data[to + x]! += part.data[from + x]!;
    }
}

/** Puts a rectangle into a picture, in place of what was there. */
export function paste(target: Planes, part: Planes, left: number, top: number): void {
  for (let c = 0; c < part.channels; c++)
    for (let y = 0; y < part.height; y++) {
      const from = (c * part.height + y) * part.width;
      const to = (c * target.height + top + y) * target.width + left;
      target.data.set(part.data.subarray(from, from + part.width), to);
    }
}

/** a + factor · b, of two pictures of one size. */
export function add(a: Planes, b: Planes, factor: number): Planes {
  return { ...a, data: a.data.map((value, i) => value + factor * b.data[i]!) };
}

/** Limits values to [0,1], in place. */
export function clamp(data: Float32Array): void {
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, data[i]!));
}
