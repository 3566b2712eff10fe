import { drawing, n, relief, type Drawing } from '../drawing/svg.js';
import { createRandom } from '../drawing/random.js';

const SIZE = 768;
const palette = [
  '#e63329',
  '#f6b81a',
  '#1b4fa3',
  '#111318',
  '#f4ead5',
  '#f07f2f',
  '#138a86',
  '#e9738f',
  '#6c3f97',
];

/** Nested squares, quarter circles, stripes and rings, with large circles and lines across all of them. */
export function geometric(): Drawing {
  const random = createRandom(1923);
  const shapes: string[] = [];
  const two = (): readonly [string, string] => {
    const ground = random.pick(palette);
    return [ground, random.pick(palette.filter((colour) => colour !== ground))];
  };

  const tile = (x: number, y: number, s: number): void => {
    const [ground, figure] = two();
    const third = random.pick(palette.filter((colour) => colour !== ground && colour !== figure));
    let inner = '';
    const kind = Math.floor(random.next() * 8);
    if (kind === 0)
      inner = `<path d="M0 0H1A1 1 0 0 1 0 1Z" fill="${figure}"/><path d="M0 0H.5A.5 .5 0 0 1 0 .5Z" fill="${third}"/>`;
    else if (kind === 1)
      inner = [0.44, 0.33, 0.22, 0.11]
        .map(
          (r, i) => `<circle cx=".5" cy=".5" r="${r}" fill="${i % 2 ? ground : i === 2 ? third : figure}"/>`,
        )
        .join('');
    else if (kind === 2)
      inner = [0, 0.25, 0.5, 0.75]
        .map((at) => `<rect y="${at}" width="1" height=".125" fill="${figure}"/>`)
        .join('');
    else if (kind === 3)
      inner = `<path d="M0 0L1 1H0Z" fill="${figure}"/><circle cx=".68" cy=".32" r=".17" fill="${third}"/>`;
    else if (kind === 4)
      inner = `<path d="M0 0H1A.5 .5 0 0 1 0 0Z" fill="${figure}"/><path d="M0 1H1A.5 .5 0 0 0 0 1Z" fill="${third}"/>`;
    else if (kind === 5)
      inner = Array.from({ length: 16 }, (_, i) =>
        (i + Math.floor(i / 4)) % 2
          ? `<rect x="${(i % 4) / 4}" y="${Math.floor(i / 4) / 4}" width=".25" height=".25" fill="${figure}"/>`
          : '',
      ).join('');
    else if (kind === 6)
      inner = `<path d="M.5 .04L.96 .5L.5 .96L.04 .5Z" fill="${figure}"/><circle cx=".5" cy=".5" r=".17" fill="${third}"/>`;
    else
      inner = [1, 0.8, 0.6, 0.4, 0.2]
        .map(
          (r, i) =>
            `<path d="M0 1V${n(1 - r)}A${r} ${r} 0 0 1 ${r} 1Z" fill="${[figure, ground, third, ground, figure][i]!}"/>`,
        )
        .join('');
    const turn = 90 * Math.floor(random.next() * 4);
    shapes.push(
      `<g transform="translate(${n(x)} ${n(y)}) scale(${n(s)}) rotate(${turn} .5 .5)"><rect x="-.002" y="-.002" width="1.004" height="1.004" fill="${ground}"/>${inner}</g>`,
    );
  };
  const split = (x: number, y: number, s: number): void => {
    if (s > 192 || (s > 48 && random.next() < (s > 96 ? 0.75 : 0.42))) {
      const h = s / 2;
      split(x, y, h);
      split(x + h, y, h);
      split(x, y + h, h);
      split(x + h, y + h, h);
    } else tile(x, y, s);
  };
  split(0, 0, SIZE);

  const over: string[] = [];
  const discs: readonly (readonly [number, number, number, string])[] = [
    [285, 300, 205, '#f6b81a'],
    [530, 450, 165, '#e63329'],
    [205, 590, 105, '#1b4fa3'],
    [610, 150, 100, '#138a86'],
  ];
  for (const [x, y, r, colour] of discs) {
    over.push(`<circle cx="${x}" cy="${y}" r="${r}" fill="${colour}" opacity=".55"/>`);
    over.push(`<circle cx="${x}" cy="${y}" r="${r}" fill="none" stroke="#111318" stroke-width="5"/>`);
    for (let k = 1; k < 4; k++)
      over.push(
        `<circle cx="${x}" cy="${y}" r="${n(r * (1 - k * 0.24))}" fill="none" stroke="${k % 2 ? '#f4ead5' : '#111318'}" stroke-width="${n(7 - k * 1.5)}"/>`,
      );
  }
  for (let i = 0; i < 7; i++) {
    const a = -0.7 + random.normal() * 0.07;
    const [x, y] = [random.range(0, SIZE), random.range(0, SIZE)];
    const [dx, dy] = [Math.cos(a) * 460, Math.sin(a) * 460];
    over.push(
      `<path d="M${n(x - dx)} ${n(y - dy)}L${n(x + dx)} ${n(y + dy)}" stroke="#111318" stroke-width="${n(random.range(2, 9))}"/>`,
    );
  }
  return drawing(
    SIZE,
    SIZE,
    relief('canvas', '0.35', 1.1, 6),
    `<g filter="url(#canvas)">${shapes.join('')}${over.join('')}</g>`,
  );
}
