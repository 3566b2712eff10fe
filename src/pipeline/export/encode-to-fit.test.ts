import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { noisePng, sequence } from '../../../test/fixtures.js';
import { halves, animation, animatedPng } from '../../../test/odd-pictures.js';
import { inspect } from '../image/inspect.js';
import { encodeToFit, removeMetadata } from './encode-to-fit.js';

describe('removeMetadata', () => {
  const room = { maxBytes: 10e6 };
  const told = { IFD0: { Artist: 'somebody', ImageDescription: 'a secret place' } };

  for (const format of ['png', 'jpeg', 'webp', 'avif', 'tiff'] as const)
    it(`re-encodes a ${format} upright and without its metadata`, async () => {
      const bytes = await sharp(await halves().png().toBuffer())
        .withMetadata({ orientation: 6, exif: told })
        .withIccProfile('p3')
        .toFormat(format)
        .toBuffer();
      const file = await removeMetadata(bytes, room);
      const meta = await sharp(file.bytes).metadata();
      expect(file).toMatchObject({ format, width: 20, height: 40 });
      expect(meta).toMatchObject({ width: 20, height: 40, format: format === 'avif' ? 'heif' : format });
      expect([meta.exif, meta.icc, meta.xmp, meta.iptc]).toEqual(Array(4).fill(undefined));
      expect(Buffer.from(file.bytes).toString('latin1')).not.toMatch(/somebody|secret/);
    });

  for (const format of ['gif', 'webp'] as const)
    it(`keeps the frames and the transparency of a ${format}`, async () => {
      const bytes = await (
        await animation()
      )
        .toFormat(format, { delay: [100, 200, 300], loop: 2 })
        .toBuffer();
      const file = await removeMetadata(bytes, room);
      expect(file).toMatchObject({ format, width: 20, height: 10 });
      expect(await sharp(file.bytes, { pages: -1 }).metadata()).toMatchObject({
        ...{ pages: 3, delay: [100, 200, 300], loop: 2, hasAlpha: true },
      });
    });

  it('keeps the transparency of a still picture', async () => {
    const clear = { create: { width: 9, height: 9, channels: 4, background: '#ff000040' } } as const;
    for (const format of ['png', 'webp', 'avif'] as const) {
      const file = await removeMetadata(await sharp(clear).toFormat(format).toBuffer(), room);
      const pixel = [...(await sharp(file.bytes).raw().toBuffer()).subarray(0, 4)];
      for (const [at, value] of [255, 0, 0, 64].entries())
        expect(Math.abs(pixel[at]! - value)).toBeLessThan(4);
    }
  });

  it('keeps the frames of a PNG, and drops its comments', async () => {
    const bytes = await animatedPng();
    expect(bytes.toString('latin1')).toContain('somebody');
    const file = await removeMetadata(bytes, room);
    expect(await inspect(file.bytes)).toMatchObject({ format: 'png', width: 40, height: 20, frames: 2 });
    expect(Buffer.from(file.bytes).toString('latin1')).not.toContain('somebody');
    expect((await sharp(file.bytes).raw().toBuffer()).subarray(0, 4)).toEqual(Buffer.from([255, 0, 0, 255]));
  });

  it('scales a picture down if it does not fit, and keeps its format', async () => {
    const noise = await noisePng(400, 300);
    for (const format of ['png', 'jpeg', 'gif'] as const) {
      const bytes = await sharp(noise).toFormat(format).toBuffer();
      const limit = { maxBytes: Math.floor(bytes.byteLength / 4) };
      const file = await removeMetadata(bytes, limit);
      expect(file.bytes.byteLength).toBeLessThanOrEqual(limit.maxBytes);
      expect(file.format).toBe(format);
      expect(file.width / file.height).toBeCloseTo(4 / 3, 1);
    }
    await expect(removeMetadata(noise, { maxBytes: 40 })).rejects.toMatchObject({
      details: { reason: 'does-not-fit' },
    });
  });
});

describe('encodeToFit', () => {
  const raster = { width: 200, height: 100, data: Uint8Array.from(sequence(60_000, 5, 0, 255)) };
  for (const [maxBytes, format] of [
    [10e6, 'png'],
    [56_000, 'webp'],
    [6_000, 'jpeg'],
  ] as const)
    it(`fits a picture into ${maxBytes} bytes as ${format}`, async () => {
      const file = await encodeToFit(raster, { maxBytes });
      expect(file.bytes.byteLength).toBeLessThanOrEqual(maxBytes);
      expect(file.format).toBe(format);
    });
});
