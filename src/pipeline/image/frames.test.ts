import { describe, expect, it } from 'vitest';
import { gif, gifFrames } from '../../../test/hostile-files.js';
import { animatedPng, animation, halves, partialGif } from '../../../test/odd-pictures.js';
import type { Raster } from '../pictures.js';
import { decode } from './decode.js';
import { decodeFrames, selectFrames, thinOut } from './frames.js';
import { inspect } from './inspect.js';

const at = ({ data, width }: Raster, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const all = async (bytes: Uint8Array, indices: readonly number[], width: number, height: number) => {
  const frames: Raster[] = [];
  for await (const frame of decodeFrames(bytes, indices, width, height)) frames.push(frame);
  return frames;
};
const [RED, GREEN, BLUE, WHITE] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
];
/** A GIF of `count` frames of 50 ms that are red, green and blue in turn. */
const colours = (count: number, side = 1): Buffer =>
  partialGif(
    side,
    side,
    Array.from({ length: count }, (_, i) => ({
      ...{ left: 0, top: 0, width: side, height: side, disposal: 1 },
      colour: (i % 3) as 0 | 1 | 2,
    })),
  );

describe('selectFrames', () => {
  for (const format of ['gif', 'webp'] as const)
    it(`takes all frames of a short ${format}, with their delays and the number of plays`, async () => {
      const bytes = await (await animation()).toFormat(format, { delay: [40, 200, 300], loop: 2 }).toBuffer();
      expect(await selectFrames(bytes)).toEqual({ indices: [0, 1, 2], delays: [40, 200, 300], loop: 2 });
    });

  it('shows a frame without a delay for as long as browsers do', async () => {
    const bytes = await (await animation()).gif({ delay: [0, 10, 20] }).toBuffer();
    expect((await selectFrames(bytes))!.delays).toEqual([100, 100, 20]);
  });

  it('finds nothing in a still picture, and none but the first frame in a PNG', async () => {
    for (const bytes of [
      await halves().gif().toBuffer(),
      await halves().webp().toBuffer(),
      await animatedPng(),
      await (await animation()).tiff().toBuffer(),
    ])
      expect(await selectFrames(bytes)).toBeUndefined();
  });

  it('picks 120 frames of a longer animation evenly, and keeps its duration', async () => {
    const { indices, delays } = (await selectFrames(colours(250)))!;
    expect(indices).toHaveLength(120);
    expect([indices[0], indices.at(-1)]).toEqual([0, 249]);
    expect(new Set(indices.slice(1).map((index, i) => index - indices[i]!))).toEqual(new Set([2, 3]));
    expect(delays.reduce((a, b) => a + b)).toBe(250 * 50);
  });

  it('cuts an animation of very many frames, or of too many pixels', async () => {
    const many = (await selectFrames(gif(1, 1, gifFrames(5000))))!;
    expect(many.indices).toHaveLength(120);
    expect(many.indices.at(-1)).toBe(1199);
    const large = (await selectFrames(gif(2000, 2000, gifFrames(50))))!;
    expect(large.indices).toEqual(Array.from({ length: 32 }, (_, i) => i));
  });
});

it('thinOut shows each frame until the next one', () => {
  expect(thinOut([10, 20, 30, 40, 50], 3)).toEqual({ indices: [0, 2, 4], delays: [30, 70, 50] });
  expect(thinOut([10, 20], 3)).toEqual({ indices: [0, 1], delays: [10, 20] });
});

describe('decodeFrames', () => {
  it('shows partial frames of a GIF as browsers do', async () => {
    // Red everywhere; green in the left half, which is removed again; blue in the lower half.
    const bytes = partialGif(8, 8, [
      { left: 0, top: 0, width: 8, height: 8, colour: 0, disposal: 1 },
      { left: 0, top: 0, width: 4, height: 8, colour: 1, disposal: 3 },
      { left: 0, top: 4, width: 8, height: 4, colour: 2, disposal: 2 },
      { left: 6, top: 0, width: 2, height: 2, colour: 1, disposal: 1 },
    ]);
    const frames = await all(bytes, [0, 1, 2, 3], 8, 8);
    const corners = frames.map((frame) => [
      at(frame, 1, 1),
      at(frame, 6, 1),
      at(frame, 1, 6),
      at(frame, 6, 6),
    ]);
    expect(corners).toEqual([
      [RED, RED, RED, RED],
      [GREEN, RED, GREEN, RED],
      [RED, RED, BLUE, BLUE],
      [RED, GREEN, WHITE, WHITE],
    ]);
    // A frame does not depend on which others are decoded.
    expect(await all(bytes, [1, 3], 8, 8)).toEqual([frames[1], frames[3]]);
    expect(await all(bytes, [2], 8, 8)).toEqual([frames[2]]);
  });

  it('begins with the picture that a still result is made from', async () => {
    const bytes = colours(3, 20);
    const [first] = await all(bytes, [0, 1, 2], 13, 7);
    expect(first).toEqual(await decode(bytes, 13, 7));
  });

  for (const format of ['gif', 'webp'] as const)
    it(`resizes each frame of a ${format} for itself, on white`, async () => {
      const bytes = await (await animation()).toFormat(format, { lossless: true }).toBuffer();
      const [red, green, blue] = await all(bytes, [0, 1, 2], 13, 7);
      for (const [frame, rgb] of [
        [red, RED],
        [blue, BLUE],
      ] as const)
        for (const y of [0, 3, 6]) expect(at(frame!, 5, y)).toEqual(rgb);
      for (const y of [0, 3, 6]) expect(at(green!, 5, y)).toEqual(at(green!, 5, 3));
    });

  it('turns no animation, and neither do browsers', async () => {
    const bytes = await (
      await animation()
    )
      .withMetadata({ orientation: 6 })
      .webp({ lossless: true })
      .toBuffer();
    expect(await inspect(bytes)).toMatchObject({ width: 20, height: 10 });
    const frames = await all(bytes, [0, 2], 20, 10);
    expect(frames.map((frame) => at(frame, 15, 8))).toEqual([RED, BLUE]);
    expect(frames[0]).toEqual(await decode(bytes, 20, 10));
  });

  it('decodes frames that are too many to be in memory at once', async () => {
    const spot = { left: 1000, top: 500, width: 125, height: 125, disposal: 1 } as const;
    const bytes = partialGif(
      2000,
      1500,
      Array.from({ length: 30 }, (_, i) => (i % 3) as 0 | 1 | 2).map((colour) => ({ ...spot, colour })),
    );
    const spots = (await all(bytes, [0, 10, 11, 21, 29], 16, 12)).map((frame) => at(frame, 8, 4));
    expect(spots.map((rgb) => rgb.findIndex((value) => value > 200))).toEqual([0, 1, 2, 0, 2]);
  });

  it('rejects at the damaged frame, and stops when it is told to', async () => {
    const bytes = colours(40, 30);
    const broken = bytes.subarray(0, bytes.length / 2);
    await expect(all(broken, [0, 39], 8, 8)).rejects.toMatchObject({ code: 'image-broken' });
    for await (const frame of decodeFrames(bytes, [0, 1, 2], 8, 8)) {
      expect(frame.width).toBe(8);
      break;
    }
  });
});
