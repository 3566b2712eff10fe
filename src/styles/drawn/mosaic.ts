import { css, jitter, ramp, rgb, type Rgb } from '../drawing/colour.js';
import { drawing, path, relief, type Drawing, type Point } from '../drawing/svg.js';
import { createRandom } from '../drawing/random.js';

const SIZE = 768;
const TILE = 11;
const blues = ['#06224f', '#0d4f8b', '#1286a8', '#59c3c3', '#0b3a6b'].map(rgb);
const golds = ['#7a3b08', '#c97a12', '#f2b632', '#ffe08a'].map(rgb);
const reds = ['#5b0d1c', '#a3182b', '#d9422e', '#f28b50'].map(rgb);
const greens = ['#0c3b2a', '#1f7a4d', '#79b85a'].map(rgb);
const ivory = rgb('#f3e6c8');

/** The colour of the floor at a distance and an angle from its centre: rosette, braid, fish scales, corners. */
function pattern(r: number, a: number): Rgb {
  const petal = Math.abs(Math.sin(a * 6));
  if (r < 26) return ramp(golds, 1 - r / 30);
  if (r < 150) {
    const edge = 60 + 84 * petal ** 0.7;
    if (r < edge - 12) return ramp(reds, 1 - r / edge + 0.25 * petal);
    if (r < edge) return ivory;
    return ramp(blues, (r - 60) / 100);
  }
  if (r < 172) return Math.floor((a / Math.PI) * 36 + 72) % 2 ? ivory : rgb('#14182e');
  if (r < 252) {
    const braid = Math.sin(a * 12) * 27;
    const d1 = Math.abs(r - 212 - braid);
    const d2 = Math.abs(r - 212 + braid);
    if (d1 < 10) return ramp(golds, 1 - d1 / 14);
    if (d2 < 10) return ramp(greens, 1 - d2 / 14);
    return Math.abs(r - 212) < 9 ? rgb('#c02d3a') : ramp(blues, 0.1);
  }
  if (r < 274) return ramp(golds, 0.5 + 0.5 * Math.sin(a * 36));
  if (r < 396) {
    const row = Math.floor((r - 274) / 31);
    const cell = ((a / (2 * Math.PI)) * 34 + row * 0.5 + 68) % 1;
    const d = Math.hypot((cell - 0.5) * 1.7, ((r - 274) % 31) / 31);
    return d > 0.82 ? rgb('#f2b632') : ramp(row % 2 ? blues : greens, 0.15 + 0.85 * d);
  }
  if (r < 418) return Math.floor((a / Math.PI) * 60 + 120) % 3 ? reds[1]! : ivory;
  const leaf = Math.sin(a * 16 + r / 28);
  const vine = Math.sin(a * 16 - r / 28);
  if (Math.abs(leaf) < 0.2 || Math.abs(vine) < 0.2) return ramp(golds, 0.75);
  return leaf * vine > 0 ? ramp(blues, 0.2 + 0.5 * Math.abs(leaf)) : ramp(reds, 0.2 + 0.7 * Math.abs(vine));
}

/** A floor of small stones, laid in rings around a rosette. */
export function mosaic(): Drawing {
  const random = createRandom(532);
  const stones: string[] = [];
  const [cx, cy] = [SIZE * 0.5, SIZE * 0.5];
  for (let r = 3; r < 560; r += TILE) {
    const count = Math.max(5, Math.round((2 * Math.PI * (r + TILE / 2)) / TILE / random.range(0.92, 1.12)));
    const turn = random.range(0, 7);
    for (let i = 0; i < count; i++) {
      const a = ((i + 0.5) / count) * 2 * Math.PI + turn;
      const half = Math.PI / count;
      const corner = (dr: number, da: number): Point => {
        const radius = r + dr + random.range(-0.9, 0.9);
        const angle = a + da + random.range(-0.5, 0.5) / (r + 8);
        return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)];
      };
      const inset = half - 0.9 / (r + 6);
      const shape = [
        corner(0.9, -inset),
        corner(TILE - 0.9, -inset),
        corner(TILE - 0.9, inset),
        corner(0.9, inset),
      ];
      const [x, y] = shape[0]!;
      if (x < -20 || y < -20 || x > SIZE + 20 || y > SIZE + 20) continue;
      const colour = jitter(pattern(r + TILE / 2, a), random, 15, 7);
      stones.push(
        `<path d="${path(shape, true)}" fill="${css(colour)}" stroke="${css(jitter(colour, random, 24, 2))}" stroke-width=".8"/>`,
      );
    }
  }
  return drawing(
    SIZE,
    SIZE,
    relief('stone', '0.09', 3, 5),
    `<g filter="url(#stone)"><rect width="768" height="768" fill="#241d1c"/>${stones.join('')}</g>`,
  );
}
