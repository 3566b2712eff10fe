import { createNoise2D } from 'simplex-noise';
import { drawing, n, relief, type Drawing } from '../drawing/svg.js';
import { createRandom } from '../drawing/random.js';

const SIZE = 768;

/** Peaks, clouds and a lake under a sun, in pen strokes that follow the shapes and are cross-hatched in the shadows. */
export function ink(): Drawing {
  const random = createRandom(1498);
  const noise = createNoise2D(random.next);
  const ridges = [0, 1, 2, 3].map((layer) => (x: number): number => {
    const rough = 1 - Math.abs(noise(x / 330 + layer * 9, layer)) * 1.7 + 0.22 * noise(x / 70, layer + 4);
    return 270 + layer * 118 - rough * (120 - layer * 15) + 5 * noise(x / 24, layer);
  });

  /** Darkness in [0, 1] and the direction of the pen. */
  const look = (x: number, y: number): readonly [number, number] => {
    for (let layer = 3; layer >= 0; layer--) {
      const depth = y - ridges[layer]!(x);
      if (depth < 0) continue;
      const slope = ridges[layer]!(x + 9) - ridges[layer]!(x - 9);
      const fold = noise(x / 48 + depth / 80, depth / 120 + layer * 5);
      const light = Math.tanh(slope / 13);
      const tone = 0.5 + layer * 0.05 + 0.3 * light + 0.34 * fold - Math.min(0.4, depth / 260);
      return [tone, 1.2 + light * 0.5 + fold * 0.8];
    }
    const sun = Math.hypot(x - 560, y - 130);
    if (sun < 52) return [0, 0];
    const cloud = noise(x / 150, y / 60) + 0.5 * noise(x / 60, y / 30);
    const swirl = Math.atan2(y - 130, x - 560) + Math.PI / 2;
    return [0.3 + 0.34 * cloud - 0.3 * Math.exp(-sun / 120), swirl + 0.35 * noise(x / 130, y / 80)];
  };

  const buckets = new Map<string, string[]>();
  const layer = (turn: number, threshold: number, step: number): void => {
    for (let y = 0; y < SIZE; y += step)
      for (let x = 0; x < SIZE; x += step) {
        const px = x + random.range(0, step);
        const py = y + random.range(0, step);
        const [tone, angle] = look(px, py);
        if (tone < threshold + random.range(0, 0.12)) continue;
        const a = angle + turn + random.normal() * 0.05;
        const half = random.range(7, 13);
        const [dx, dy] = [Math.cos(a) * half, Math.sin(a) * half];
        const bend = random.normal() * 1.6;
        const width = n(0.7 + Math.min(1, Math.max(0, tone - threshold) * 1.6));
        const d = `M${n(px - dx)} ${n(py - dy)}Q${n(px - dy * 0.1 * bend)} ${n(py + dx * 0.1 * bend)} ${n(px + dx)} ${n(py + dy)}`;
        const list = buckets.get(width);
        if (list) list.push(d);
        else buckets.set(width, [d]);
      }
  };
  layer(0, 0.12, 5.8);
  layer(0.9, 0.44, 6.4);
  layer(-0.8, 0.66, 6);
  layer(1.6, 0.86, 5.6);
  const strokes = [...buckets]
    .map(([width, list]) => `<path d="${list.join('')}" stroke-width="${width}"/>`)
    .join('');
  const washes = ridges
    .map((ridge, i) => {
      const top = Array.from({ length: 98 }, (_, k) => `${k * 8} ${n(ridge(k * 8))}`).join('L');
      return `<path d="M${top}L784 768L0 768Z" fill="${['#e8b878', '#8fb0a0', '#4f87a0', '#c9683f'][i]!}" fill-opacity=".6" stroke="#161420" stroke-width="2.6"/>`;
    })
    .join('');
  return drawing(
    SIZE,
    SIZE,
    relief('paper', '0.5', 1.2, 8),
    `<g filter="url(#paper)"><rect width="768" height="768" fill="#f4e8cf"/><circle cx="560" cy="130" r="54" fill="#d8472b" stroke="#161420" stroke-width="2.6"/>${washes}<g fill="none" stroke="#161420" stroke-linecap="round">${strokes}</g></g>`,
  );
}
