import { createNoise2D } from 'simplex-noise';
import { css, jitter, mix, ramp, rgb, type Rgb } from '../drawing/colour.js';
import { drawing, impasto, n, type Drawing } from '../drawing/svg.js';
import { createRandom } from '../drawing/random.js';

const SIZE = 768;
const sky = ['#3f78c9', '#7fb0e6', '#f7d9b0', '#ffb36b', '#ff7f6a'].map(rgb);
const leaves = ['#123b5a', '#1c6b4a', '#5aa83c', '#c9d84a', '#f5b93a'].map(rgb);
const lawn = ['#1f4f7a', '#2d8a4e', '#8cc63f', '#e8e05a'].map(rgb);
const complement = ['#ff5a3c', '#7a3fb5', '#2558c9', '#ffd23e', '#12a39a', '#f06aa8'].map(rgb);

/** A riverside at sunset, made of dots of unmixed colour. */
export function pointillism(): Drawing {
  const random = createRandom(1884);
  const noise = createNoise2D(random.next);
  const shore = 395;
  const crowns: readonly (readonly [number, number, number])[] = [
    [105, 215, 150],
    [300, 330, 74],
    [395, 345, 52],
    [690, 270, 118],
    [585, 345, 62],
  ];

  const boats: readonly (readonly [number, number, number])[] = [
    [350, 480, 105],
    [575, 440, 62],
    [655, 468, 78],
  ];

  const above = (x: number, y: number): Rgb => {
    for (const [cx, cy, r] of crowns) {
      const d = Math.hypot((x - cx) * 0.95, y - cy) / r + 0.22 * noise(x / 34, y / 34);
      if (d < 1) {
        const light = 0.5 + (0.45 * ((x - cx) * (cx < 460 ? 1 : -1) - (y - cy))) / r;
        return ramp(leaves, light + 0.3 * noise(x / 22, y / 22));
      }
      if (Math.abs(x - cx) < r * 0.07 && y > cy) return rgb('#5a2d4a');
    }
    if (y > shore - 58 - 16 * noise(x / 90, 3))
      return mix(ramp(leaves, 0.24 + 0.3 * noise(x / 30, y / 14)), rgb('#7a6fc0'), 0.4);
    const sun = Math.hypot(x - 470, y - 290);
    const base = ramp(sky, y / shore + 0.16 * noise(x / 190, y / 55));
    return sun < 36 ? rgb('#fff3b8') : mix(base, rgb('#ffe27a'), Math.exp(-sun / 75));
  };

  const colour = (x: number, y: number): Rgb => {
    if (y < shore) return above(x, y);
    for (const [bx, by, tall] of boats) {
      const up = (by - y) / tall;
      if (up > 0.06 && up < 1 && x > bx - 0.34 * tall * (1 - up) && x < bx + 0.5 * tall * (1 - up))
        return x < bx ? rgb('#ffd9a0') : rgb('#fff8ea');
      if (up <= 0.06 && up > -0.1 && Math.abs(x - bx) < tall * 0.42) return rgb('#a3243b');
    }
    const bank = 590 + 46 * Math.sin(x / 150 + 1.2) - x * 0.06;
    if (y < bank) {
      const ripple = 22 * noise(x / 70, y / 9);
      const mirrored = above(x + ripple, shore - (y - shore) * 1.25 - 4);
      return mix(mirrored, rgb('#2c62c8'), 0.3 + 0.26 * noise(x / 60, y / 6));
    }
    const shade = 0.6 * noise(x / 110, y / 34) + 0.75 * Math.sin((x * 0.5 + y * 2) / 62);
    if (noise(x / 11 + 40, y / 11) > 0.66)
      return random.pick([rgb('#ff4f6d'), rgb('#fff0d0'), rgb('#ffb52e')]);
    return ramp(lawn, 0.52 + 0.42 * shade);
  };

  const dots: string[] = [];
  const layer = (step: number, radius: number, odd: number): void => {
    for (let y = 0; y < SIZE + step; y += step)
      for (let x = 0; x < SIZE + step; x += step) {
        const px = x + random.range(-0.7, 0.7) * step;
        const py = y + random.range(-0.7, 0.7) * step;
        let paint = jitter(colour(px, py), random, 13, 12);
        if (random.next() < odd) paint = mix(paint, random.pick(complement), 0.62);
        dots.push(
          `<circle cx="${n(px)}" cy="${n(py)}" r="${n(radius * random.range(0.75, 1.2))}" fill="${css(paint)}"/>`,
        );
      }
  };
  layer(9, 7.5, 0);
  layer(6.2, 3.3, 0.1);
  layer(9.5, 2.2, 0.26);
  return drawing(
    SIZE,
    SIZE,
    impasto('paint', 1.2),
    `<g filter="url(#paint)"><rect width="768" height="768" fill="#e9dcc0"/>${dots.join('')}</g>`,
  );
}
