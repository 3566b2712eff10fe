import type { Random } from './random.js';

export type Rgb = readonly [number, number, number];

export function rgb(hex: string): Rgb {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export function mix(a: Rgb, b: Rgb, t: number): Rgb {
  const u = Math.min(1, Math.max(0, t));
  return [a[0] + (b[0] - a[0]) * u, a[1] + (b[1] - a[1]) * u, a[2] + (b[2] - a[2]) * u];
}

/** The colour at `t` in [0, 1] along evenly spaced stops. */
export function ramp(stops: readonly Rgb[], t: number): Rgb {
  const at = Math.min(0.99999, Math.max(0, t)) * (stops.length - 1);
  const i = Math.floor(at);
  return mix(stops[i]!, stops[i + 1]!, at - i);
}

/** A similar colour: `light` is the deviation of its brightness, `tint` that of each channel. */
export function jitter(colour: Rgb, random: Random, light: number, tint: number): Rgb {
  const shared = random.normal() * light;
  const off = (c: number): number => c + shared + random.normal() * tint;
  return [off(colour[0]), off(colour[1]), off(colour[2])];
}

export function css(colour: Rgb): string {
  const byte = (c: number): string =>
    Math.round(Math.min(255, Math.max(0, c)))
      .toString(16)
      .padStart(2, '0');
  return `#${byte(colour[0])}${byte(colour[1])}${byte(colour[2])}`;
}
