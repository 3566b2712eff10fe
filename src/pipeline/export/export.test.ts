import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { sequence } from '../../../test/fixtures.js';
import type { Raster } from '../pictures.js';
import type { Trace } from '../renderer.js';
import { selectFrames } from '../image/frames.js';
import { animate, heldAtEnd } from './animation.js';
import { chart, chartSvg } from './chart.js';
import { preview } from './preview.js';
import { strip } from './strip.js';

const flat = (width: number, height: number, rgb: readonly [number, number, number]): Raster => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => rgb[i % 3]!),
});
const noise = (side: number, seed: number): Raster => ({
  width: side,
  height: side,
  data: Uint8Array.from(sequence(side * side * 3, seed, 0, 255)),
});
const COLOURS = [
  [200, 40, 30],
  [30, 180, 60],
  [40, 60, 220],
] as const;

const traceOf = (losses: (step: number) => Record<string, number>): Trace => ({
  request: {},
  engine: 'onnx',
  device: 'cpu',
  seconds: 1,
  steps: Array.from({ length: 30 }, (_, i) => ({
    scale: i < 10 ? 1 : i < 20 ? 2 : 3,
    step: i + 1,
    seconds: i / 10,
    losses: losses(i + 1),
  })),
});

it.each([
  ['a coarse scale', 100, 320, 320],
  ['the result’s scale', 320, 320, 320],
  ['a scale of a large result', 256, 2048, 512],
  ['a large result', 2048, 2048, 512],
])('the preview of a frame of %s is as large as that of the result', async (_, side, result, expected) => {
  const { bytes } = await preview(noise(side, 3), { width: result, height: result / 2 });
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: expected, height: expected });
});

describe('chart', () => {
  it('labels every loss once, separates the scales, and uses a logarithmic axis for a wide range', () => {
    const svg = chartSvg(traceOf((n) => ({ total: 2000 / n ** 2, content: 1 / n, block1_conv1: 500 })));
    for (const name of ['content', 'block1_conv1', 'total']) expect(svg.split(`>${name}<`)).toHaveLength(2);
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(2);
    expect(svg).toContain('>1e+0<');
    const narrow = chartSvg(traceOf((n) => ({ total: 3 - n / 30 })));
    expect(narrow).not.toContain('e+0');
  });

  it('breaks the lines between scales and where a loss is infinite', () => {
    const svg = chartSvg(traceOf((n) => ({ total: n === 5 ? Infinity : 100 - n })));
    const drawn = svg.split('clip-path="url(#plot)"')[1]!;
    expect(drawn.match(/M/g)).toHaveLength(4);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it('counts the labels that do not fit, and escapes the others', () => {
    const losses = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`<layer ${i}>`, i + 1]));
    const svg = chartSvg(traceOf(() => ({ ...losses, total: 1 })));
    const [, more] = />… and (\d+) more</.exec(svg)!;
    expect(svg.match(/>&lt;layer \d+&gt;</g)).toHaveLength(90 - Number(more));
    expect(svg).toContain('>total<');
  });

  it('is 800 × 450 px, even for a single step or negative losses', async () => {
    for (const trace of [
      traceOf((n) => ({ total: -n })),
      { ...traceOf(() => ({ total: 1 })), steps: [{ scale: 1, step: 1, seconds: 1, losses: { total: 1 } }] },
    ])
      expect(await sharp((await chart(trace)).bytes).metadata()).toMatchObject({ width: 800, height: 450 });
  });
});

it('a strip shows its pictures from left to right above their captions', async () => {
  const pictures = COLOURS.map((rgb, i) => ({
    image: flat(20 + i * 10, 10 + i * 5, rgb),
    caption: `a & <${i}>`,
  }));
  const { bytes, width, height } = await strip(pictures);
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([width, height]);
  COLOURS.forEach((rgb, i) => {
    const at = (Math.floor(height / 3) * width + Math.floor(((i + 0.5) * width) / 3)) * 3;
    expect([...data.subarray(at, at + 3)]).toEqual([...rgb]);
  });
  const below = data.subarray((height - 36) * width * 3);
  expect(below.filter((value) => value > 180).length).toBeGreaterThan(100);
});

describe('animation', () => {
  it('keeps the pictures in order, scales them to the size of the last, and holds the last', async () => {
    const { bytes } = await animate(
      heldAtEnd(COLOURS.map((rgb, i) => flat(16 * (i + 1), 12 * (i + 1), rgb))),
      { maxBytes: 1e6 },
    );
    const { pages, width, pageHeight, delay } = await sharp(bytes, { animated: true }).metadata();
    expect({ pages, width, pageHeight, delay }).toEqual({
      pages: 3,
      width: 48,
      pageHeight: 36,
      delay: [100, 100, 1500],
    });
    for (const [page, rgb] of COLOURS.entries()) {
      const { channels } = await sharp(bytes, { page }).stats();
      channels.slice(0, 3).forEach(({ mean }, c) => {
        expect(Math.abs(mean - rgb[c]!)).toBeLessThan(8);
      });
    }
  });

  it('shrinks until it fits, and fails if it cannot', async () => {
    const pictures = heldAtEnd([noise(96, 1), noise(96, 2), noise(96, 3)]);
    const { bytes, width } = await animate(pictures, { maxBytes: 12_000 });
    expect(bytes.byteLength).toBeLessThanOrEqual(12_000);
    expect(width).toBeLessThan(96);
    await expect(animate(pictures, { maxBytes: 100 })).rejects.toMatchObject({ code: 'render-failed' });
  });

  for (const format of ['webp', 'gif'] as const)
    it(`has the given delays and number of plays as a ${format}`, async () => {
      const frames = COLOURS.map((rgb) => flat(20, 20, rgb));
      const { bytes } = await animate(
        { frames, delays: [40, 250, 70_000], loop: 3 },
        { maxBytes: 1e6, format },
      );
      const { delays, loop } = (await selectFrames(bytes))!;
      expect(loop).toBe(3);
      expect(delays.slice(0, 2)).toEqual([40, 250]);
      // The longest that can be written.
      expect(Math.abs(delays[2]! - 65_535)).toBeLessThan(10);
    });

  it('is first made smaller, then coarser, and then loses frames but none of its duration', async () => {
    const delays = Array.from({ length: 30 }, (_, i) => 30 + i);
    const moving = { frames: delays.map((_, i) => noise(300, i + 1)), delays, loop: 0 };
    const { bytes: fine } = await animate(moving, { maxBytes: 1e9 });
    const fitted = async (share: number) => {
      const file = await animate(moving, { maxBytes: Math.floor(fine.byteLength * share) });
      const found = (await selectFrames(file.bytes))!;
      expect(found.delays.reduce((a, b) => a + b)).toBe(delays.reduce((a, b) => a + b));
      return { width: file.width, frames: found.indices.length };
    };
    const [smaller, coarser, fewer] = [await fitted(0.9), await fitted(0.6), await fitted(0.2)];
    expect(smaller.width).toBeLessThan(300);
    expect([smaller.frames, coarser, fewer.frames]).toEqual([30, { width: 256, frames: 30 }, 15]);
  });
});
