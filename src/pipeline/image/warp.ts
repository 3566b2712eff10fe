/** Small rotations and scalings about the centre, and their exact transpose for gradients. */
import { emptyPlanes, type Planes } from './planes.js';

export interface Turn {
  /** Radians. */
  readonly angle: number;
  /** Above 1 the picture grows. */
  readonly scale: number;
}

/** Calls `visit` with each target pixel, its four source pixels and their bilinear weights; outside lies the edge. */
function eachPixel(
  { width, height }: Planes,
  { angle, scale }: Turn,
  visit: (target: number, sources: readonly [number, number, number, number], u: number, v: number) => void,
): void {
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const sx = Math.min(width - 1, Math.max(0, cx + cos * (x - cx) - sin * (y - cy)));
      const sy = Math.min(height - 1, Math.max(0, cy + sin * (x - cx) + cos * (y - cy)));
      const [left, top] = [Math.floor(sx), Math.floor(sy)];
      const [right, bottom] = [Math.min(width - 1, left + 1), Math.min(height - 1, top + 1)];
      const at = [
        top * width + left,
        top * width + right,
        bottom * width + left,
        bottom * width + right,
      ] as const;
      visit(y * width + x, at, sx - left, sy - top);
    }
}

export function warp(source: Planes, turn: Turn): Planes {
  const { channels, width, height, data } = source;
  const target = emptyPlanes(channels, width, height);
  eachPixel(source, turn, (to, [a, b, c, d], u, v) => {
    for (let plane = 0; plane < data.length; plane += width * height)
      target.data[plane + to] =
        (data[plane + a]! * (1 - u) + data[plane + b]! * u) * (1 - v) +
        (data[plane + c]! * (1 - u) + data[plane + d]! * u) * v;
  });
  return target;
}

/** Carries a gradient by the warped picture back to the picture. */
export function warpTransposed(gradient: Planes, turn: Turn): Planes {
  const { channels, width, height, data } = gradient;
  const target = emptyPlanes(channels, width, height);
  eachPixel(gradient, turn, (to, [a, b, c, d], u, v) => {
    for (let plane = 0; plane < data.length; plane += width * height) {
      const g = data[plane + to]!;
      target.data[plane + a]! += g * (1 - u) * (1 - v);
      target.data[plane + b]! += g * u * (1 - v);
      target.data[plane + c]! += g * (1 - u) * v;
      target.data[plane + d]! += g * u * v;
    }
  });
  return target;
}
