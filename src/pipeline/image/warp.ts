/** Small rotations, scalings and shifts about the centre, and their exact transpose for gradients. */
import { emptyPlanes, type Planes } from './planes.js';

export interface Turn {
  /** Radians. */
  readonly angle: number;
  /** Above 1 the picture grows. */
  readonly scale: number;
  /** Pixels of the source, to the right and down. */
  readonly shift: readonly [number, number];
}

type Size = Pick<Planes, 'width' | 'height'>;

/** Calls `visit` with each target pixel, its four source pixels and their bilinear weights; outside lies the edge. */
function eachPixel(
  source: Size,
  target: Size,
  { angle, scale, shift: [dx, dy] }: Turn,
  visit: (target: number, sources: readonly [number, number, number, number], u: number, v: number) => void,
): void {
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const [right, bottom] = [source.width - 1, source.height - 1];
  const [cx, cy] = [(target.width - 1) / 2, (target.height - 1) / 2];
  for (let y = 0; y < target.height; y++)
    for (let x = 0; x < target.width; x++) {
      const sx = Math.min(right, Math.max(0, right / 2 + dx + cos * (x - cx) - sin * (y - cy)));
      const sy = Math.min(bottom, Math.max(0, bottom / 2 + dy + sin * (x - cx) + cos * (y - cy)));
      const [left, top] = [Math.floor(sx), Math.floor(sy)];
      const first = top * source.width + left;
      const below = top < bottom ? source.width : 0;
      const beside = left < right ? 1 : 0;
      const at = [first, first + beside, first + below, first + below + beside] as const;
      visit(y * target.width + x, at, sx - left, sy - top);
    }
}

/** @param size of the result; smaller than the source it is the middle of it */
export function warp(source: Planes, turn: Turn, { width, height }: Size = source): Planes {
  const target = emptyPlanes(source.channels, width, height);
  const area = source.width * source.height;
  eachPixel(source, target, turn, (to, [a, b, c, d], u, v) => {
    for (let channel = 0; channel < source.channels; channel++) {
      const plane = channel * area;
      target.data[channel * width * height + to] =
        (source.data[plane + a]! * (1 - u) + source.data[plane + b]! * u) * (1 - v) +
        (source.data[plane + c]! * (1 - u) + source.data[plane + d]! * u) * v;
    }
  });
  return target;
}

/** Carries a gradient by the warped picture back to the picture, whose size is given. */
export function warpTransposed(gradient: Planes, turn: Turn, { width, height }: Size = gradient): Planes {
  const source = emptyPlanes(gradient.channels, width, height);
  const area = gradient.width * gradient.height;
  eachPixel(source, gradient, turn, (to, [a, b, c, d], u, v) => {
    for (let channel = 0; channel < gradient.channels; channel++) {
      const plane = channel * width * height;
      const g = gradient.data[channel * area + to]!;
      source.data[plane + a]! += g * (1 - u) * (1 - v);
      source.data[plane + b]! += g * u * (1 - v);
      source.data[plane + c]! += g * (1 - u) * v;
      source.data[plane + d]! += g * u * v;
    }
  });
  return source;
}
