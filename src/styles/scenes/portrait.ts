import { css, jitter, ramp, rgb } from '../drawing/colour.js';
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
import { createRandom, type Random } from '../drawing/random.js';

const SIZE = 768;
const FACE =
  'M262 300C258 190 318 142 390 142C464 142 520 192 516 302C514 376 498 436 466 480C442 512 418 532 390 532C362 532 336 512 312 480C280 436 264 376 262 300Z';
const chestnut = ['#1d0d0a', '#3c1a10', '#6b3118', '#a65a2a', '#d8924f'].map(rgb);

function eye(x: number, y: number, sign: number): string {
  const at = `translate(${x} ${y}) scale(${sign} 1)`;
  const almond = 'M-37 5C-22 -17 12 -21 37 -1C22 16 -16 20 -37 5Z';
  return `<g transform="${at}"><ellipse cy="-8" rx="52" ry="27" fill="#7a3f2c" opacity=".4" filter="url(#b8)"/>
<path d="${almond}" fill="#f3e9e2"/><clipPath id="lid${sign + 1}"><path d="${almond}"/></clipPath>
<g clip-path="url(#lid${sign + 1})"><circle cx="1" cy="-2" r="18.5" fill="url(#iris)" stroke="#12281f" stroke-width="2"/><circle cx="1" cy="-2" r="8" fill="#080808"/><path d="M-40 -4C-22 -24 14 -26 40 -6L40 -30L-40 -30Z" fill="#3c1a14" opacity=".5" filter="url(#b3)"/></g>
<circle cx="${-6 * sign + 1}" cy="-9" r="4.2" fill="#fff"/><circle cx="${6 * sign}" cy="5" r="2" fill="#fff" opacity=".6"/>
<path d="M-37 5C-22 -17 12 -22 43 -5" fill="none" stroke="#1b0d0b" stroke-width="5" stroke-linecap="round"/>
<path d="M-34 -12C-16 -30 16 -32 40 -14" fill="none" stroke="#7a4030" stroke-width="2.6" opacity=".75"/>
<path d="M-33 8C-14 20 20 17 37 1" fill="none" stroke="#7d4636" stroke-width="2" opacity=".7"/></g>`;
}

function brow(random: Random, x: number, y: number, sign: number): string {
  let hairs = '';
  for (let i = 0; i < 80; i++) {
    const t = random.next();
    const px = x + sign * (-44 + 92 * t);
    const py = y - 17 * Math.sin(t * 2.3) + 8 * t + random.range(-4.5, 4.5) * (1 - t * 0.75);
    hairs += `<path d="M${n(px)} ${n(py)}l${n(sign * random.range(6, 12))} ${n(-6 + 9 * t)}" stroke="#3a1c12" stroke-width="1.5" opacity=".8"/>`;
  }
  return hairs;
}

/** Wavy locks of hair from the parting down one side; `sign` is the side. */
function locks(random: Random, sign: number, count: number, inner: number, outer: number): string {
  let result = '';
  for (let i = 0; i < count; i++) {
    const t = random.next();
    const wide = inner + (outer - inner) * t;
    const top = 172 - 80 * t + random.range(-3, 3);
    const end = 650 + 110 * Math.abs(Math.sin(t * 11 + sign)) + random.range(-22, 12);
    const stray = random.normal() * 2.5;
    const points = Array.from({ length: 36 }, (_, k): Point => {
      const s = k / 35;
      if (s < 0.34) {
        const u = (s / 0.34) * (Math.PI / 2);
        return [400 + sign * (wide + 2) * Math.sin(u) ** 0.92, 310 - (310 - top) * Math.cos(u)];
      }
      const v = (s - 0.34) / 0.66;
      const y = 310 + v * (end - 310);
      const wave = (15 * Math.sin(v * 8.5 + t * 2.6) + 14 * v) * Math.min(1, v * 2.2);
      return [400 + sign * (wide + 2 + wave + stray * v + 26 * v * v * (t - 0.3)), y];
    });
    const shine = 0.33 + 0.2 * Math.sin(t * 19) + 0.1 * random.normal() + (sign < 0 ? 0.1 : -0.05);
    const colour = css(jitter(ramp(chestnut, shine), random, 8, 3));
    result += `<path d="${path(points)}" stroke="${colour}" stroke-width="${n(random.range(1.1, 3.8))}"/>`;
    // A highlight across the crown.
    const from = Math.floor(random.range(2, 6));
    const gleam = points.slice(from, from + Math.floor(random.range(3, 7)));
    if (random.next() < 0.4)
      result += `<path d="${path(gleam)}" stroke="#f0b878" stroke-opacity="${sign < 0 ? 0.4 : 0.2}" stroke-width="1.3"/>`;
  }
  return result;
}

/** A young woman with chestnut hair in front of evening lights. */
export function portrait(): Drawing {
  const random = createRandom(1503);
  let lights = '';
  for (let i = 0; i < 60; i++) {
    const colour = random.pick(['#ffb35a', '#ff7a4a', '#ffd98a', '#3fb0b8', '#5a7fd0', '#f2617a']);
    lights += `<circle cx="${n(random.range(0, SIZE))}" cy="${n(random.range(0, 620))}" r="${n(random.range(10, 46))}" fill="${colour}" opacity="${n(random.range(0.1, 0.55))}"/>`;
  }
  let scarf = '';
  for (let i = 0; i < 130; i++) {
    const t = i / 130;
    const colour = ramp(
      ['#0d3f57', '#157a8a', '#38b0a8', '#0f4c66', '#e0a93a', '#0d3f57'].map(rgb),
      (t * 3.3 + 0.05 * random.normal() + 3) % 1,
    );
    scarf += `<path d="M${n(225 - 190 * t)} ${n(600 + 40 * t + 150 * t)}Q${n(390 + random.range(-6, 6))} ${n(690 + 170 * t)} ${n(555 + 190 * t)} ${n(600 + 190 * t)}" stroke="${css(jitter(colour, random, 9, 3))}" stroke-width="7"/>`;
  }
  const defs =
    gradient('wall', [
      [0, '#14293f'],
      [0.55, '#3d4a63'],
      [1, '#5a3a44'],
    ]) +
    '<linearGradient id="skin" x1="0" y1="0" x2="1" y2=".35"><stop offset="0" stop-color="#f9d3b4"/><stop offset=".5" stop-color="#eab08a"/><stop offset="1" stop-color="#a9623f"/></linearGradient>' +
    radial('iris', [
      [0.3, '#1f4a34'],
      [0.55, '#5f9a5a'],
      [0.8, '#3f7f62'],
      [1, '#1a3d33'],
    ]) +
    [3, 8, 14, 24].map((d) => blur(`b${d}`, d)).join('') +
    relief('pores', '0.6', 0.14, 3) +
    `<clipPath id="face"><path d="${FACE}"/></clipPath><clipPath id="neck"><path id="n" d="M318 440C326 560 312 592 232 622C300 720 480 720 548 622C470 592 456 560 464 440Z"/></clipPath>`;
  const neck =
    '<g clip-path="url(#neck)"><rect width="768" height="768" fill="url(#skin)"/><path d="M300 430C330 540 450 560 480 430L480 560C440 610 380 600 330 540Z" fill="#6d3320" opacity=".75" filter="url(#b14)"/><path d="M440 470L560 640L480 720L430 600Z" fill="#6d3320" opacity=".5" filter="url(#b14)"/><ellipse cx="330" cy="640" rx="60" ry="12" fill="#ffe0c4" opacity=".5" filter="url(#b8)"/></g>';
  const shades = `<g clip-path="url(#face)"><rect width="768" height="768" fill="url(#skin)"/>
<path d="M470 150C560 250 540 440 400 545L560 560L580 150Z" fill="#7d3d26" opacity=".62" filter="url(#b24)"/>
<path d="M255 150H525V215C470 168 320 168 255 240Z" fill="#5a2a1a" opacity=".6" filter="url(#b14)"/>
<path d="M255 330C275 440 320 520 380 545L250 545Z" fill="#a35f40" opacity=".5" filter="url(#b14)"/>
<ellipse cx="310" cy="392" rx="38" ry="28" fill="#e8694f" opacity=".4" filter="url(#b14)"/><ellipse cx="462" cy="396" rx="36" ry="28" fill="#c4492f" opacity=".4" filter="url(#b14)"/>
<ellipse cx="362" cy="222" rx="58" ry="26" fill="#fff0de" opacity=".6" filter="url(#b14)"/><ellipse cx="306" cy="362" rx="28" ry="13" fill="#fff0de" opacity=".65" filter="url(#b8)"/>
<ellipse cx="384" cy="502" rx="22" ry="13" fill="#ffe2c8" opacity=".5" filter="url(#b8)"/></g>`;
  const nose = `<path d="M398 282C402 330 412 360 424 388C416 408 398 410 388 408Z" fill="#7d3d26" opacity=".5" filter="url(#b8)"/><path d="M386 270C382 320 380 350 382 384" stroke="#fff2e2" stroke-width="9" opacity=".6" fill="none" filter="url(#b3)"/><ellipse cx="384" cy="390" rx="10" ry="7" fill="#fff4e8" opacity=".7" filter="url(#b3)"/>
<path d="M356 402C352 390 360 384 366 388M414 402C420 390 412 382 406 387" stroke="#94503a" stroke-width="2.5" fill="none" opacity=".6"/><path d="M364 408C370 402 378 406 386 412C394 406 402 402 410 408C402 416 394 414 387 416C378 414 370 414 364 408Z" fill="#5a2418" opacity=".62" filter="url(#b3)"/>`;
  const mouth = `<ellipse cx="388" cy="482" rx="34" ry="7" fill="#6d3320" opacity=".45" filter="url(#b8)"/><path d="M334 445C356 440 374 432 387 438C400 432 420 440 445 444C420 456 404 455 388 456C372 456 354 457 334 445Z" fill="#a8323c"/><path d="M334 445C356 456 372 456 388 456C404 456 420 456 445 444C424 472 406 480 388 480C370 480 350 472 334 445Z" fill="#cf5054"/><path d="M334 445C358 456 374 452 388 456C404 452 422 456 445 444" fill="none" stroke="#591820" stroke-width="3"/><ellipse cx="378" cy="466" rx="20" ry="4.5" fill="#ffc8bc" opacity=".75" filter="url(#b3)"/>`;
  const body = `<rect width="768" height="768" fill="url(#wall)"/><g filter="url(#b3)">${lights}</g>
<path d="M390 78C240 70 196 210 206 340C212 450 170 520 168 640C166 740 260 768 390 768S616 740 612 640C610 520 568 450 574 340C584 210 540 86 390 78Z" fill="#22100b"/>
<path d="M60 768C80 660 180 620 260 604H520C600 620 690 660 708 768Z" fill="#0d3f57"/>${neck}<g fill="none">${scarf}</g>
<path d="M60 768C90 640 180 620 240 606L300 768Z" fill="#fff" opacity=".1" filter="url(#b14)"/>
<g filter="url(#pores)">${shades}</g>${nose}${mouth}${eye(330, 308, -1)}${eye(450, 308, 1)}<g fill="none" stroke-linecap="round">${brow(random, 328, 270, -1)}${brow(random, 452, 270, 1)}</g>
<path d="M400 146C330 150 276 190 268 300C262 400 290 450 276 500L240 500L230 200L330 120Z" fill="#22100b" opacity=".35" filter="url(#b8)"/>
<g fill="none" stroke-linecap="round">${locks(random, 1, 520, 104, 176)}${locks(random, -1, 520, 116, 192)}</g>`;
  return drawing(SIZE, SIZE, defs, body);
}
