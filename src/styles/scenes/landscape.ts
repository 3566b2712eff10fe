import { createNoise2D } from 'simplex-noise';
import { css, mix, rgb } from '../drawing/colour.js';
import {
  blur,
  drawing,
  gradient,
  n,
  path,
  radial,
  relief,
  type Drawing,
  type Point,
} from '../drawing/svg.js';
import { createRandom } from '../drawing/random.js';

const WIDTH = 768;
const HEIGHT = 576;
const SHORE = 372;

const clouds = `<filter id="clouds" x="0" y="0" width="100%" height="100%" color-interpolation-filters="sRGB"><feTurbulence type="fractalNoise" baseFrequency=".0045 .016" numOctaves="5" seed="12"/><feColorMatrix values="0 0 0 0 1 0 0 0 0 .86 0 0 0 0 .76 2.6 1.2 0 0 -1.65"/></filter>`;
const ripples = `<filter id="ripples" x="0" y="0" width="100%" height="100%" color-interpolation-filters="sRGB"><feTurbulence type="fractalNoise" baseFrequency=".012 .16" numOctaves="3" seed="5" result="t"/><feGaussianBlur in="SourceGraphic" stdDeviation="1 2.2" result="b"/><feDisplacementMap in="b" in2="t" scale="26" xChannelSelector="R" yChannelSelector="G"/></filter>`;
const grain = `<filter id="grain" x="0" y="0" width="100%" height="100%" color-interpolation-filters="sRGB"><feTurbulence type="fractalNoise" baseFrequency=".8" numOctaves="2" seed="2"/><feColorMatrix values="1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 0 0 0 0 .075"/></filter>`;

/** Mountains in layers of mist and a low sun, mirrored in a lake, with firs in front. */
export function landscape(): Drawing {
  const random = createRandom(77);
  const noise = createNoise2D(random.next);

  const fir = (x: number, foot: number, height: number, colour: string): string => {
    const points: Point[] = [[x, foot - height]];
    const tiers = Math.max(7, Math.round(height / 7));
    const side = (sign: number): Point[] => {
      const out: Point[] = [];
      for (let i = 1; i <= tiers; i++) {
        const y = foot - height + (height * 0.94 * i) / tiers;
        const reach = (height * 0.21 * i ** 0.9) / tiers ** 0.9;
        out.push([x + sign * reach * random.range(0.65, 1.15), y + random.range(0, 2.5)]);
        out.push([x + sign * reach * 0.42, y - height * 0.012]);
      }
      return out;
    };
    points.push(...side(1), [x + 2, foot], [x - 2, foot], ...side(-1).reverse());
    return `<path d="${path(points, true)}" fill="${colour}"/>`;
  };

  const layers = 5;
  let mountains = '';
  let defs = '';
  for (let layer = 0; layer < layers; layer++) {
    const t = layer / (layers - 1);
    const peak = 150 - 105 * t;
    const base = 262 + 92 * t;
    const ridge = (x: number): number => {
      let sum = 0;
      let size = 1;
      for (let o = 0; o < 6; o++) {
        const f = 2 ** o / (300 - 90 * t);
        sum += size * (1 - 2 * Math.abs(noise(x * f + layer * 31, layer * 7 + o)));
        size *= 0.46;
      }
      return base - peak * (0.5 + 0.38 * sum);
    };
    const line = Array.from({ length: 385 }, (_, i): Point => [i * 2, ridge(i * 2)]);
    const top = mix(rgb('#8495c8'), rgb('#1d3a44'), t ** 0.8);
    const low = mix(rgb('#f3cfb4'), rgb('#6d7f86'), t);
    defs += relief(`rock${layer}`, `${0.02 + 0.012 * t} ${0.05 - 0.02 * t}`, 1.6 + 3.2 * t, 4 + layer);
    defs += gradient(`m${layer}`, [
      [0, css(top)],
      [0.45, css(mix(top, low, 0.4))],
      [1, css(low)],
    ]);
    mountains += `<g filter="url(#rock${layer})"><path d="${path([...line, [770, SHORE + 2], [-2, SHORE + 2]], true)}" fill="url(#m${layer})"/></g>`;
    if (layer > 2)
      for (let i = 0; i < 60 * t * t + 10; i++) {
        const x = random.range(0, WIDTH);
        const size = random.range(10, 22) * (0.5 + t * 0.7);
        const foot = Math.min(SHORE, ridge(x) + random.range(2, 40));
        mountains += fir(x, foot, size, css(mix(rgb('#53686f'), rgb('#122028'), t)));
      }
    mountains += `<ellipse cx="${n(random.range(150, 620))}" cy="${n(base + 22)}" rx="430" ry="${n(20 + 6 * t)}" fill="#ffe3c8" opacity="${n(0.85 - 0.4 * t)}" filter="url(#mist)"/>`;
  }
  let woods = '';
  for (let i = 0; i < 150; i++)
    woods += fir(
      random.range(-5, 773),
      SHORE + 1,
      random.range(9, 30) * (0.6 + 0.5 * Math.abs(noise(i, 4))),
      i % 3 ? '#152a2c' : '#233b36',
    );

  const bankLine = Array.from({ length: 129 }, (_, i): Point => {
    const x = i * 6;
    return [
      x,
      548 -
        42 * Math.exp(-((x / 170) ** 2)) -
        66 * Math.exp(-(((x - 768) / 210) ** 2)) +
        5 * noise(x / 40, 8),
    ];
  });
  let front = `<path d="${path([...bankLine, [780, 600], [-5, 600]], true)}" fill="url(#bank)"/>`;
  for (let i = 0; i < 900; i++) {
    const [x, y] = bankLine[Math.floor(random.next() * 129)]!;
    const at = y + random.range(0, 60);
    const lean = random.normal() * 5;
    front += `<path d="M${n(x + random.range(-4, 4))} ${n(at)}q${n(lean / 3)} -8 ${n(lean)} ${n(-random.range(8, 20))}" stroke="${random.pick(['#3f4a24', '#6f6a2c', '#a88a3c', '#1c2a1c'])}" stroke-width="1.1" fill="none"/>`;
  }
  for (const [x, foot, height] of [
    [708, 520, 330],
    [756, 530, 270],
    [655, 528, 190],
    [28, 522, 235],
    [72, 532, 150],
    [610, 540, 95],
  ] as const) {
    front += fir(x, foot, height, '#0d1a1c');
    for (let i = 0; i < height * 2.6; i++) {
      const t = random.next() ** 0.6;
      const side = random.range(-1, 1);
      const [bx, by] = [x + side * t * height * 0.17, foot - height * (1 - t * 0.93)];
      const paint = css(
        mix(rgb('#1d3a30'), rgb('#5f7a4a'), random.next() ** 2 * (side < 0 === x > 400 ? 1 : 0.4)),
      );
      front += `<path d="M${n(bx)} ${n(by)}l${n(side * 14 + random.normal() * 2)} ${n(random.range(4, 9))}" stroke="${paint}" stroke-width="1.7"/>`;
    }
  }

  let glitter = '';
  for (let i = 0; i < 190; i++) {
    const t = random.next() ** 1.4;
    const y = SHORE + 5 + t * 170;
    glitter += `<ellipse cx="${n(470 + random.normal() * (9 + 34 * t))}" cy="${n(y)}" rx="${n(3 + 11 * t * random.next())}" ry="${n(0.6 + 1.1 * t)}" fill="#fff0c4" opacity="${n(random.range(0.2, 0.9))}"/>`;
  }
  defs +=
    gradient('sky', [
      [0, '#27508f'],
      [0.4, '#7ea3cc'],
      [0.68, '#f6c9a0'],
      [0.85, '#ffdfae'],
      [1, '#ffd9b0'],
    ]) +
    gradient('fade', [
      [0, '#fff', 0.9],
      [0.75, '#fff', 0.45],
      [1, '#fff', 0],
    ]) +
    gradient('deep', [
      [0, '#2f5f80', 0.1],
      [0.5, '#16425f', 0.42],
      [1, '#08202f', 0.78],
    ]) +
    gradient('bank', [
      [0, '#5a5a2c'],
      [1, '#11180f'],
    ]) +
    radial('sun', [
      [0, '#fffdf0'],
      [0.1, '#fff6cf'],
      [0.16, '#ffe6a0', 0.75],
      [0.45, '#ffc87a', 0.3],
      [1, '#ffb870', 0],
    ]) +
    radial('warm', [
      [0, '#ffc070', 0],
      [0.2, '#ffc070', 0.05],
      [0.4, '#ffb060', 0.42],
      [1, '#ffb060', 0],
    ]) +
    blur('mist', 14) +
    clouds +
    ripples +
    grain;
  const world = `<g id="world"><rect width="768" height="${SHORE + 2}" fill="url(#sky)"/><g mask="url(#high)"><rect width="768" height="${SHORE}" filter="url(#clouds)"/></g><circle cx="470" cy="112" r="250" fill="url(#sun)"/>${mountains}<circle cx="470" cy="112" r="330" fill="url(#warm)"/>${woods}</g>`;
  const mask =
    '<mask id="high"><rect width="768" height="372" fill="url(#fade)"/></mask><clipPath id="lake"><rect y="372" width="768" height="204"/></clipPath>';
  const mirror = `<g clip-path="url(#lake)"><g filter="url(#ripples)"><rect width="768" height="576" fill="#7d94a8"/><use xlink:href="#world" transform="translate(0 ${SHORE * 2}) scale(1 -1)"/></g><rect y="${SHORE}" width="768" height="204" fill="url(#deep)"/>${glitter}</g>`;
  return drawing(
    WIDTH,
    HEIGHT,
    defs + mask,
    `${world}${mirror}<ellipse cx="384" cy="${SHORE}" rx="520" ry="7" fill="#ffe6cc" opacity=".5" filter="url(#mist)"/>${front}<rect width="768" height="576" filter="url(#grain)"/>`,
  );
}
