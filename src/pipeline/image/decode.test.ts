import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { noisePng } from '../../../test/fixtures.js';
import { halves } from '../../../test/odd-pictures.js';
import { decode } from './decode.js';
import { inspect } from './inspect.js';

const at = ({ data, width }: { data: Uint8Array; width: number }, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe('decode', () => {
  it('puts transparent pictures on a white background', async () => {
    const clear = { width: 8, height: 8, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 0 } };
    const bytes = await sharp({ create: clear }).png().toBuffer();
    expect(at(await decode(bytes, 8, 8), 3, 3)).toEqual([255, 255, 255]);
  });

  it('accepts greyscale, CMYK and 16-bit pictures', async () => {
    const source = sharp(await noisePng(32, 32));
    for (const bytes of [
      await source.clone().greyscale().png().toBuffer(),
      await source.clone().toColourspace('cmyk').jpeg().toBuffer(),
      await source.clone().toColourspace('rgb16').png().toBuffer(),
    ])
      expect((await decode(bytes, 16, 16)).data).toHaveLength(16 * 16 * 3);
  });

  it('applies the EXIF orientation', async () => {
    const bytes = await sharp(await halves().png().toBuffer())
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    expect(await inspect(bytes)).toMatchObject({ width: 20, height: 40 });
    const upright = await decode(bytes, 20, 40);
    expect(at(upright, 10, 4)).toEqual([255, 0, 0]);
    expect(at(upright, 10, 35)).toEqual([0, 0, 255]);
  });

  it('accepts a picture of 1×1 pixels', async () => {
    const bytes = await noisePng(1, 1);
    expect((await decode(bytes, 64, 64)).data).toHaveLength(64 * 64 * 3);
  });
});
