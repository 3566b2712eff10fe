import { Delaunay } from 'd3-delaunay';
import { createNoise2D } from 'simplex-noise';
import { css, jitter, ramp, rgb, type Rgb } from '../drawing/colour.js';
import { drawing, n, path, radial, relief, type Drawing, type Point } from '../drawing/svg.js';
import { createRandom } from '../drawing/random.js';

const SIZE = 768;
const SUN: Point = [500, 235];
const palettes: Record<string, readonly Rgb[]> = {
  sun: ['#fff2a6', '#ffd23e', '#ffab1a'].map(rgb),
  rayA: ['#ff8a1e', '#e8432a', '#c21a4d'].map(rgb),
  rayB: ['#7a2bbf', '#3a2fc4', '#1146b8'].map(rgb),
  hillA: ['#0c8a5a', '#19b36a', '#7fd04a'].map(rgb),
  hillB: ['#064f4a', '#0b6f6a', '#0fa08f'].map(rgb),
  river: ['#0fa6e0', '#49d3ee', '#bdf3f2'].map(rgb),
  bloom: ['#ff2e63', '#ff5fa2', '#ffb3d0'].map(rgb),
};
const blooms: readonly Point[] = [
  [95, 650],
  [225, 705],
  [665, 640],
  [575, 715],
  [705, 735],
  [40, 745],
];

function region(x: number, y: number): string {
  for (const [bx, by] of blooms) if (Math.hypot(x - bx, y - by) < 46) return 'bloom';
  if (Math.abs(x - 340 - 90 * Math.sin(y / 75)) < (y - 450) * 0.24) return 'river';
  if (y > 590 + 40 * Math.sin(x / 105)) return 'hillA';
  if (y > 470 + 55 * Math.sin(x / 120 + 2)) return 'hillB';
  const d = Math.hypot(x - SUN[0], y - SUN[1]);
  if (d < 92) return 'sun';
  const ray = Math.atan2(y - SUN[1], x - SUN[0]) + 0.0016 * d;
  return Math.floor((ray / Math.PI) * 9 + 36) % 2 ? 'rayA' : 'rayB';
}

/** A leaded window: a sun and its rays over hills and a river. */
export function stainedGlass(): Drawing {
  const random = createRandom(1144);
  const noise = createNoise2D(random.next);
  const sites: Point[] = [];
  for (let ring = 0; ring < 15; ring++) {
    const radius = 24 + ring * (30 + ring * 1.2);
    const count = ring < 3 ? 9 : ring < 6 ? 18 : 36;
    for (let i = 0; i < count; i++) {
      const a = ((i + (ring % 2) / 2 + random.range(-0.12, 0.12)) / count) * 2 * Math.PI;
      const y = SUN[1] + radius * Math.sin(a);
      if (y < 480) sites.push([SUN[0] + radius * Math.cos(a), y]);
    }
  }
  for (let i = 0; i < 330; i++) sites.push([random.range(-10, 778), random.range(455, 790)]);
  for (const [x, y] of blooms)
    for (let i = 0; i < 7; i++) {
      const a = (i / 6) * 2 * Math.PI;
      const r = i === 6 ? 0 : 30;
      sites.push([x + r * Math.cos(a), y + r * Math.sin(a)]);
    }
  const inside = sites.filter(([x, y]) => x > -40 && x < 808 && y > -40 && y < 808);
  const voronoi = Delaunay.from(
    inside,
    ([x]) => x,
    ([, y]) => y,
  ).voronoi([-30, -30, SIZE + 30, SIZE + 30]);
  const panes: string[] = [];
  const leads: string[] = [];
  inside.forEach(([x, y], i) => {
    const cell = voronoi.cellPolygon(i) as Point[] | null;
    if (!cell) return;
    const name = region(x, y);
    const tone = 0.5 + 0.5 * noise(x / 120, y / 120) + random.range(-0.25, 0.25);
    const colour = css(jitter(ramp(palettes[name]!, tone), random, 12, 6));
    const d = path(cell, true);
    panes.push(
      `<path d="${d}" fill="${colour}"/>`,
      `<circle cx="${n(x)}" cy="${n(y)}" r="26" fill="url(#gleam)" opacity="${n(random.range(0.2, 0.7))}"/>`,
    );
    leads.push(`<path d="${d}" stroke-width="4.5"/>`);
    for (const j of voronoi.neighbors(i)) {
      const [ox, oy] = inside[j]!;
      if (j < i || region(ox, oy) === name) continue;
      const other = voronoi.cellPolygon(j) as Point[] | null;
      const shared = cell
        .slice(1)
        .filter(([px, py]) => other?.some(([qx, qy]) => Math.hypot(px - qx, py - qy) < 0.01));
      if (shared.length === 2) leads.push(`<path d="${path(shared)}" stroke-width="9"/>`);
    }
  });
  const defs =
    relief('glass', '0.03 0.05', 9, 3) +
    radial('gleam', [
      [0, '#fff', 0.55],
      [1, '#fff', 0],
    ]);
  return drawing(
    SIZE,
    SIZE,
    defs,
    `<g filter="url(#glass)">${panes.join('')}</g><g fill="none" stroke="#0d0b12" stroke-linejoin="round" stroke-linecap="round">${leads.join('')}</g><g fill="none" stroke="#6b6678" stroke-opacity=".35" transform="translate(-.8 -.8)">${leads.join('').replaceAll(/stroke-width="[\d.]+"/g, 'stroke-width=".8"')}</g>`,
  );
}
