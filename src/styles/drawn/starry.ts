import { createNoise2D } from 'simplex-noise';
import { css, jitter, mix, ramp, rgb, type Rgb } from '../drawing/colour.js';
import { drawing, impasto, n, path, type Drawing, type Point } from '../drawing/svg.js';
import { createRandom } from '../drawing/random.js';

const SIZE = 768;
const night = ['#0b1440', '#14307a', '#2459b0', '#3f86cf', '#8fc3e0', '#2b66b8', '#122668'].map(rgb);
const glow = ['#fff6c8', '#ffd84a', '#f4a91f', '#d9d488', '#7fb7c9'].map(rgb);
const land = ['#0c2233', '#12454c', '#1f6d5c', '#4f9a5b', '#17375e'].map(rgb);

/** Vortices: x, y, radius, spin. */
const eddies: readonly (readonly [number, number, number, number])[] = [
  [330, 300, 150, 1.5],
  [520, 355, 105, -1.3],
  [90, 420, 80, 1],
  [700, 440, 85, 1],
];
const stars: readonly (readonly [number, number, number])[] = [
  [640, 120, 105],
  [110, 110, 62],
  [255, 95, 46],
  [410, 90, 56],
  [60, 285, 50],
  [505, 190, 40],
  [705, 290, 44],
  [290, 488, 46],
  [425, 505, 38],
];

const ridge = (x: number): number => 590 - 50 * Math.sin(x / 130 + 0.6) - 28 * Math.sin(x / 57);
const inTree = (x: number, y: number): boolean => {
  const t = (y - 250) / 518;
  return t > 0 && Math.abs(x - 165 - 14 * Math.sin(y / 38)) < 12 + 62 * t * (1 + 0.25 * Math.sin(y / 21));
};

/** A night sky in thousands of brush strokes that follow the wind around the stars, over hills and up a cypress. */
export function starry(): Drawing {
  const random = createRandom(1889);
  const noise = createNoise2D(random.next);

  const flow = (x: number, y: number): number => {
    if (inTree(x, y)) return -Math.PI / 2 + 0.5 * Math.sin(y / 26 + x / 30);
    if (y > ridge(x)) return 0.35 * Math.sin(x / 60 + y / 40) + Math.atan((ridge(x + 4) - ridge(x - 4)) / 8);
    let u = 0.8;
    let v = 0.5 * Math.sin(x / 110 + y / 240);
    for (const [cx, cy, radius, spin] of eddies) {
      const d = Math.hypot(x - cx, y - cy);
      const pull = 3.4 * spin * Math.exp(-((d / radius) ** 2) * 1.2);
      u += (-pull * (y - cy)) / (d + 8);
      v += (pull * (x - cx)) / (d + 8);
    }
    for (const [cx, cy, radius] of stars) {
      const d = Math.hypot(x - cx, y - cy);
      const pull = 5 * Math.exp(-((d / radius) ** 4));
      u += (-pull * (y - cy)) / (d + 4);
      v += (pull * (x - cx)) / (d + 4);
    }
    return Math.atan2(v, u) + 0.14 * noise(x / 90, y / 90);
  };

  const colour = (x: number, y: number): Rgb => {
    if (inTree(x, y)) return ramp(land, 0.22 + 0.25 * Math.sin(x / 7 + 2 * noise(x / 40, y / 120)));
    if (y > ridge(x)) {
      const depth = (y - ridge(x)) / 170;
      if (depth > 0.28 && depth < 0.7 && noise(x / 16, y / 16) > 0.62) return rgb('#ffc94d');
      return ramp(land, 0.5 + 0.45 * Math.sin(depth * 13 + x / 90) + 0.2 * noise(x / 60, y / 60));
    }
    let band = 0.36 + 0.3 * noise(x / 170, y / 110);
    for (const [cx, cy, radius, spin] of eddies) {
      const d = Math.hypot(x - cx, y - cy);
      const angle = Math.atan2(y - cy, x - cx) * Math.sign(spin);
      band += 0.34 * Math.exp(-((d / radius) ** 2)) * Math.sin(d / 9.5 - angle);
    }
    let result = ramp(night, band + 0.1 * Math.sin(y / 17 + x / 60));
    const near = Math.exp(-Math.max(0, ridge(x) - y) / 45);
    result = mix(result, rgb('#a9d3c4'), near * 0.7);
    for (const [cx, cy, radius] of stars) {
      const d = Math.hypot(x - cx, y - cy) / radius;
      if (d < 1.25) {
        const ring = 0.12 * Math.sin(d * 22);
        result = mix(result, ramp(glow, d * 0.95 + ring), 1.5 - d * 1.25);
      }
    }
    return result;
  };

  const stroke = (x0: number, y0: number, length: number, width: number): string => {
    let [x, y] = [x0, y0];
    const points: Point[] = [[x, y]];
    for (let i = 0; i < length; i++) {
      const angle = flow(x, y);
      x += Math.cos(angle) * 4;
      y += Math.sin(angle) * 4;
      points.push([x, y]);
    }
    const paint = jitter(colour(x0, y0), random, 17, 8);
    return `<path d="${path(points)}" stroke="${css(paint)}" stroke-width="${n(width)}"/>`;
  };

  const layer = (step: number, length: number, width: number): string => {
    const starts: Point[] = [];
    for (let y = -12; y < SIZE + 12; y += step)
      for (let x = -20; x < SIZE + 12; x += step)
        starts.push([x + random.range(0, step), y + random.range(0, step)]);
    return random
      .shuffle(starts)
      .map(([x, y]) => stroke(x, y, length * random.range(0.6, 1.3), width * random.range(0.7, 1.25)))
      .join('');
  };

  const strokes = layer(12, 8, 9) + layer(9, 6, 4.2) + layer(15, 5, 2.2);
  const hearts = stars
    .map(([x, y, r]) => `<circle cx="${x}" cy="${y}" r="${n(r * 0.16)}" fill="#fffbe4" stroke="none"/>`)
    .join('');
  return drawing(
    SIZE,
    SIZE,
    impasto('paint', 3),
    `<g filter="url(#paint)" fill="none" stroke-linecap="round" stroke-linejoin="round"><rect width="768" height="768" fill="#14307a"/>${strokes}${hearts}</g>`,
  );
}
