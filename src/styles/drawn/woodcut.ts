import { createNoise2D } from 'simplex-noise';
import { drawing, gradient, n, path, relief, type Drawing, type Point } from '../drawing/svg.js';
import { createRandom } from '../drawing/random.js';

const SIZE = 768;
const blues = ['#12244f', '#1d4585', '#3f7fb5', '#12244f', '#7fb4cf', '#eadfc0'];
const CREAM = '#f5ead0';
const LINE = '#0e1734';

function bezier(p: readonly Point[], t: number): Point {
  let points = [...p];
  while (points.length > 1)
    points = points.slice(1).map(([x, y], i): Point => {
      const [px, py] = points[i]!;
      return [px + (x - px) * t, py + (y - py) * t];
    });
  return points[0]!;
}

/** A woodcut of breaking waves, printed in indigo, under a red sun. */
export function woodcut(): Drawing {
  const random = createRandom(1831);
  const noise = createNoise2D(random.next);

  /** Foam: a cluster of rounded fingers around a point. */
  const foam = (x: number, y: number, size: number, at: number): string => {
    let result = '';
    for (let i = 0; i < 7; i++) {
      const a = at + (i - 3) * 0.34 + random.normal() * 0.1;
      const far = size * random.range(0.5, 1.15);
      const r = size * random.range(0.2, 0.36);
      result += `<circle cx="${n(x + Math.cos(a) * far)}" cy="${n(y + Math.sin(a) * far)}" r="${n(r)}"/>`;
    }
    return result;
  };
  const froth = (spots: string): string =>
    `<g fill="${CREAM}" stroke="${LINE}" stroke-width="4">${spots}</g><g fill="${CREAM}">${spots}</g>`;

  /** A hooked wave: ribbons between its back and its hollow, with foam along the lip. */
  const breaker = (back: readonly Point[], hollow: readonly Point[], size: number): string => {
    const ribbons = 15;
    const edge = (k: number): Point[] =>
      Array.from({ length: 41 }, (_, i) => {
        const t = i / 40;
        const [ax, ay] = bezier(back, t);
        const [bx, by] = bezier(hollow, t);
        const u = k / ribbons + 0.018 * noise(t * 5, k * 0.4) * (k > 0 && k < ribbons ? 1 : 0);
        return [ax + (bx - ax) * u, ay + (by - ay) * u];
      });
    let result = '';
    for (let k = 0; k < ribbons; k++)
      result += `<path d="${path([...edge(k), ...edge(k + 1).reverse()], true)}" fill="${blues[k % blues.length]!}" stroke="${LINE}" stroke-width="1.8"/>`;
    let spots = '';
    for (let i = 0; i < 26; i++) {
      const t = 0.42 + (i / 25) * 0.58;
      const [x, y] = bezier(back, t);
      const [x2, y2] = bezier(back, Math.min(1, t + 0.02));
      const ahead = i === 25 ? 1 : Math.atan2(y2 - y, x2 - x);
      spots += foam(x, y, size * (0.45 + 0.75 * t), ahead + (t > 0.8 ? 0.6 : -0.9));
    }
    result += froth(spots);
    for (let i = 0; i < 46; i++) {
      const [x, y] = bezier(back, random.range(0.55, 1));
      result += `<circle cx="${n(x + random.range(-20, 110))}" cy="${n(y + random.range(-70, 90))}" r="${n(random.range(1.2, 4.6))}" fill="${CREAM}" stroke="${LINE}" stroke-width="1"/>`;
    }
    return result;
  };

  /** A row of swell: carved lines that follow its crest, with foam on top. */
  const swell = (base: number, height: number, length: number, phase: number): string => {
    const crest = (x: number, k: number): number => {
      const wave = Math.abs(Math.sin((x / length) * Math.PI + phase)) ** 1.6;
      return base - height * wave * Math.exp(-k * 0.07) + k * 10 + 3 * noise(x / 60, k * 0.3 + base);
    };
    let result = '';
    for (let k = 0; k < 18; k++) {
      const line = Array.from({ length: 129 }, (_, i): Point => [i * 6, crest(i * 6, k)]);
      const body: Point[] = [...line, [SIZE + 6, SIZE], [0, SIZE]];
      result += `<path d="${path(body, true)}" fill="${blues[(k + Math.round(base)) % blues.length]!}" stroke="${LINE}" stroke-width="2"/>`;
    }
    let spots = '';
    for (let x = 0; x <= SIZE; x += 9)
      if (base - crest(x, 0) > height * 0.62) spots += foam(x, crest(x, 0), height * 0.2, -Math.PI / 2);
    return result + froth(spots);
  };

  let sky = '';
  for (let y = -60; y < 560; y += 7) {
    const grain = Array.from({ length: 65 }, (_, i): Point => [i * 12, y + 34 * noise(i / 26, y / 170)]);
    sky += `<path d="${path(grain)}" stroke="#a6533a" stroke-opacity="${n(random.range(0.1, 0.5))}" stroke-width="${n(random.range(0.8, 2.6))}"/>`;
  }
  const great = breaker(
    [
      [-60, 640],
      [20, 250],
      [180, -60],
      [520, 20],
      [560, 270],
    ],
    [
      [330, 800],
      [130, 480],
      [250, 200],
      [400, 160],
      [545, 285],
    ],
    30,
  );
  const lesser = breaker(
    [
      [830, 690],
      [770, 420],
      [690, 330],
      [560, 390],
      [560, 500],
    ],
    [
      [560, 760],
      [690, 620],
      [690, 470],
      [610, 440],
      [568, 506],
    ],
    19,
  );
  const defs =
    gradient('sky', [
      [0, '#27406f'],
      [0.22, '#e7b98a'],
      [0.5, '#f6e3b8'],
      [0.75, '#eeb48a'],
    ]) + relief('wood', '0.012 0.3', 1.6, 9);
  return drawing(
    SIZE,
    SIZE,
    defs,
    `<g filter="url(#wood)"><rect width="768" height="768" fill="url(#sky)"/><circle cx="625" cy="190" r="82" fill="#cf3a2a"/><g fill="none">${sky}</g>${swell(560, 70, 250, 0.9)}${lesser}${great}${swell(655, 62, 190, 0.2)}${swell(735, 50, 150, 1.3)}</g>`,
  );
}
