import { createRandom, type Random } from '../drawing/random.js';
import { drawing, n, relief, smooth, type Drawing, type Point } from '../drawing/svg.js';

const SIZE = 768;
const washes = ['#2a6fdb', '#12a5b8', '#7c4dd6', '#f2a33a', '#ef6f8e', '#38b48b'];
const petals = ['#e8275f', '#f0542d', '#c81f8f', '#f7941d', '#7a2fd0', '#1f5fd6'];
const greens = ['#1f8a5b', '#4fa83a', '#0f6f6f', '#8fb52a'];

type Radius = (angle: number) => number;

/** A blot of paint: translucent layers, each with a slightly different ragged outline, and a darker dried edge. */
function stain(random: Random, x: number, y: number, shape: Radius, colour: string, ragged: number): string {
  const layers: string[] = [];
  for (let layer = 0; layer < 6; layer++) {
    const grow = 1.08 - layer * 0.07;
    const waves = Array.from({ length: 7 }, () => [random.normal() * ragged, random.range(0, 7)] as const);
    const points: Point[] = Array.from({ length: 64 }, (_, i) => {
      const a = (i / 64) * 2 * Math.PI;
      const tear = waves.reduce(
        (sum, [size, phase], k) => sum + (size * Math.sin(a * (k * 2 + 2) + phase)) / (k + 1.5),
        1,
      );
      const r = shape(a) * grow * tear * (1 + random.normal() * ragged * 0.12);
      return [x + r * Math.cos(a), y + r * Math.sin(a)];
    });
    const edge = layer === 1 || layer === 4 ? ` stroke="${colour}" stroke-opacity=".6" stroke-width="2"` : '';
    layers.push(
      `<path d="${smooth(points)}" fill="${colour}" fill-opacity="${layer === 0 ? 0.12 : 0.24}"${edge}/>`,
    );
  }
  return layers.join('');
}

function flower(random: Random, x: number, y: number, size: number): string {
  const colour = random.pick(petals);
  const count = random.pick([5, 6, 7]);
  const turn = random.range(0, 6);
  let result = '';
  for (let i = 0; i < count; i++) {
    const at = turn + (i / count) * 2 * Math.PI + random.normal() * 0.08;
    const long = size * random.range(0.5, 0.62);
    const petal: Radius = (a) => {
      const c = Math.cos(a - at);
      return long * (0.62 + 0.38 * c * c);
    };
    const [px, py] = [x + Math.cos(at) * long * 0.95, y + Math.sin(at) * long * 0.95];
    result += stain(random, px, py, petal, random.next() < 0.25 ? random.pick(petals) : colour, 0.07);
    for (let k = 0; k < 4; k++) {
      const a = at + random.normal() * 0.22;
      result += `<path d="M${n(x + Math.cos(at) * 8)} ${n(y + Math.sin(at) * 8)}L${n(x + Math.cos(a) * long * 1.4)} ${n(y + Math.sin(a) * long * 1.4)}" stroke="${colour}" stroke-opacity=".35" stroke-width="1.3" fill="none"/>`;
    }
  }
  result += stain(random, x, y, () => size * 0.2, '#3a1c4f', 0.12);
  for (let k = 0; k < 14; k++) {
    const [a, r] = [random.range(0, 6.3), size * random.range(0.16, 0.36)];
    result += `<circle cx="${n(x + r * Math.cos(a))}" cy="${n(y + r * Math.sin(a))}" r="${n(random.range(1, 2.6))}" fill="#5a2a0a" fill-opacity=".7"/>`;
  }
  return result;
}

function leaf(random: Random, x: number, y: number, size: number): string {
  const at = random.range(0, 2 * Math.PI);
  const colour = random.pick(greens);
  const blade: Radius = (a) => size * (0.17 + 0.95 * Math.abs(Math.cos(a - at)) ** 5);
  const [dx, dy] = [Math.cos(at) * size, Math.sin(at) * size];
  return (
    stain(random, x, y, blade, colour, 0.05) +
    `<path d="M${n(x - dx)} ${n(y - dy)}Q${n(x + dy * 0.1)} ${n(y - dx * 0.1)} ${n(x + dx)} ${n(y + dy)}" stroke="#0d4a3a" stroke-opacity=".5" stroke-width="1.5" fill="none"/>`
  );
}

/** A meadow of flowers, painted wet-on-wet on rough paper. */
export function watercolour(): Drawing {
  const random = createRandom(1907);
  let ground = '';
  for (let i = 0; i < 26; i++) {
    const r = random.range(70, 150);
    const [x, y] = [(i % 5) * 180 + random.range(-40, 90), Math.floor(i / 5) * 155 + random.range(-40, 60)];
    ground += stain(random, x, y, () => r, washes[(i * 5 + Math.floor(i / 6)) % washes.length]!, 0.16);
  }
  let plants = '';
  for (let i = 0; i < 84; i++)
    plants += leaf(random, random.range(0, SIZE), random.range(0, SIZE), random.range(28, 75));
  const blooms: readonly (readonly [number, number, number])[] = [
    [245, 265, 128],
    [560, 190, 96],
    [520, 500, 135],
    [160, 590, 104],
    [700, 370, 70],
    [60, 90, 84],
    [390, 60, 62],
    [330, 720, 72],
    [715, 690, 92],
    [725, 40, 66],
    [30, 390, 62],
    [370, 410, 52],
  ];
  for (const [x, y, size] of blooms) plants += flower(random, x, y, size);
  for (let i = 0; i < 240; i++)
    plants += `<circle cx="${n(random.range(0, SIZE))}" cy="${n(random.range(0, SIZE))}" r="${n(0.8 + 4 * random.next() ** 4)}" fill="${random.pick(petals)}" fill-opacity=".5"/>`;
  const bleed =
    '<filter id="bleed" x="0" y="0" width="100%" height="100%" color-interpolation-filters="sRGB"><feTurbulence type="fractalNoise" baseFrequency=".035" numOctaves="4" seed="4" result="t"/><feDisplacementMap in="SourceGraphic" in2="t" scale="18" xChannelSelector="R" yChannelSelector="G" result="d"/><feMerge><feMergeNode in="SourceGraphic"/><feMergeNode in="d"/></feMerge></filter>';
  return drawing(
    SIZE,
    SIZE,
    bleed + relief('paper', '0.2', 1, 11),
    `<g filter="url(#paper)"><rect width="768" height="768" fill="#fdf8ec"/><g filter="url(#bleed)" transform="translate(-27 -27) scale(1.07)"><rect width="768" height="768" fill="#fdf8ec"/>${ground}${plants}</g></g>`,
  );
}
