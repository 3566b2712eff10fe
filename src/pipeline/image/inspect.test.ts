import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { noisePng } from '../../../test/fixtures.js';
import { animatedPng, animation, halves } from '../../../test/odd-pictures.js';
import { examine } from './inspect.js';

describe('examine', () => {
  const filled = (background: string) =>
    sharp({ create: { width: 300, height: 200, channels: 4, background } });

  it('distinguishes a transparent picture from an opaque one with an alpha channel', async () => {
    const clear = {
      input: { create: { width: 30, height: 30, channels: 4, background: '#00000000' } },
    } as const;
    const hole = filled('#ff0000').composite([{ ...clear, blend: 'dest-in', left: 9, top: 9, tile: false }]);
    for (const [picture, transparent] of [
      [filled('#ff0000ff'), false],
      [filled('#ff000080'), true],
      [hole, true],
      [halves(), false],
    ] as const)
      for (const format of ['png', 'webp'] as const)
        expect(await examine(await picture.clone().toFormat(format).toBuffer())).toMatchObject({
          transparent,
        });
    const deep = await filled('#ff000080').toColourspace('rgb16').png().toBuffer();
    expect(await examine(deep)).toMatchObject({ transparent: true });
    const palette = await filled('#ff000000').png({ palette: true }).toBuffer();
    expect(await examine(palette)).toMatchObject({ transparent: true });
    expect(await examine(await halves().gif().toBuffer())).toMatchObject({ transparent: false });
  });

  it('counts the frames of an animation', async () => {
    const moving = await animation();
    for (const format of ['gif', 'webp'] as const)
      expect(await examine(await moving.clone().toFormat(format).toBuffer())).toMatchObject({
        ...{ frames: 3, animated: true },
      });
    // Of an animated PNG only the first frame can be decoded.
    expect(await examine(await animatedPng())).toMatchObject({ frames: 2, animated: false });
    expect(await examine(await halves().gif().toBuffer())).toMatchObject({ frames: 1, animated: false });
    // The pages of a TIFF are not an animation.
    expect(await examine(await moving.clone().tiff().toBuffer())).toMatchObject({ frames: 1 });
  });
});

it("refuses a picture with more pixels than the operator's limit, and states the limit", async () => {
  const bytes = await noisePng(40, 30);
  await expect(examine(bytes, 1100)).rejects.toThrow('40×30 pixels. I can handle up to 0.0011 megapixels');
  expect(await examine(bytes, 1200)).toMatchObject({ width: 40, height: 30 });
});
