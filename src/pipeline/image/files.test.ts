import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { noisePng, sequence } from '../../../test/fixtures.js';
import { clean, decode, encode, examine, inspect } from './files.js';

/** Left half red, right half blue, 40×20. */
const halves = () =>
  sharp({ create: { width: 40, height: 20, channels: 3, background: '#ff0000' } }).composite([
    { input: { create: { width: 20, height: 20, channels: 3, background: '#0000ff' } }, left: 20, top: 0 },
  ]);

const at = ({ data, width }: { data: Uint8Array; width: number }, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe('decode', () => {
  it('lays transparency on white', async () => {
    const clear = { width: 8, height: 8, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 0 } };
    const bytes = await sharp({ create: clear }).png().toBuffer();
    expect(at(await decode(bytes, 8, 8), 3, 3)).toEqual([255, 255, 255]);
  });

  it('takes greyscale, CMYK and 16 bits', async () => {
    const source = sharp(await noisePng(32, 32));
    for (const bytes of [
      await source.clone().greyscale().png().toBuffer(),
      await source.clone().toColourspace('cmyk').jpeg().toBuffer(),
      await source.clone().toColourspace('rgb16').png().toBuffer(),
    ])
      expect((await decode(bytes, 16, 16)).data).toHaveLength(16 * 16 * 3);
  });

  it('turns by EXIF', async () => {
    const bytes = await sharp(await halves().png().toBuffer())
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    expect(await inspect(bytes)).toMatchObject({ width: 20, height: 40 });
    const upright = await decode(bytes, 20, 40);
    expect(at(upright, 10, 4)).toEqual([255, 0, 0]);
    expect(at(upright, 10, 35)).toEqual([0, 0, 255]);
  });

  it('takes 1×1', async () => {
    const bytes = await noisePng(1, 1);
    expect((await decode(bytes, 64, 64)).data).toHaveLength(64 * 64 * 3);
  });
});

/** Three frames of 20×10: red, green that is half see-through, blue. */
const animation = async () =>
  sharp(
    await Promise.all(
      ['#ff0000ff', '#00ff0080', '#0000ffff'].map((background) =>
        sharp({ create: { width: 20, height: 10, channels: 4, background } })
          .png()
          .toBuffer(),
      ),
    ),
    { join: { animated: true } },
  );

/** A PNG's chunk. libpng reads chunks that it does not need whatever their checksum is; here it is right. */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG of two frames by the specification, with a comment in it. */
async function animatedPng(): Promise<Buffer> {
  const still = Buffer.from(
    await sharp(await halves().png().toBuffer())
      .ensureAlpha()
      .png()
      .toBuffer(),
  );
  const [header, rest] = [still.subarray(0, 33), still.subarray(33)];
  const control = Buffer.alloc(8);
  control.writeUInt32BE(2);
  const comment = chunk('tEXt', Buffer.from('Author\0somebody', 'latin1'));
  return Buffer.concat([header, chunk('acTL', control), comment, rest]);
}

describe('examine', () => {
  const filled = (background: string) =>
    sharp({ create: { width: 300, height: 200, channels: 4, background } });

  it('tells a picture that is see-through from one whose format only could be', async () => {
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
      expect(await examine(await moving.clone().toFormat(format).toBuffer())).toMatchObject({ frames: 3 });
    expect(await examine(await animatedPng())).toMatchObject({ frames: 2 });
    expect(await examine(await halves().png().toBuffer())).toMatchObject({ frames: 1 });
    // The pages of a TIFF do not move.
    expect(await examine(await moving.clone().tiff().toBuffer())).toMatchObject({ frames: 1 });
  });
});

describe('clean', () => {
  const room = { maxBytes: 10e6 };
  const told = { IFD0: { Artist: 'somebody', ImageDescription: 'a secret place' } };

  for (const format of ['png', 'jpeg', 'webp', 'avif', 'tiff'] as const)
    it(`gives a ${format} again, upright, without what it said`, async () => {
      const bytes = await sharp(await halves().png().toBuffer())
        .withMetadata({ orientation: 6, exif: told })
        .withIccProfile('p3')
        .toFormat(format)
        .toBuffer();
      const file = await clean(bytes, room);
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
      const file = await clean(bytes, room);
      expect(file).toMatchObject({ format, width: 20, height: 10 });
      expect(await sharp(file.bytes, { pages: -1 }).metadata()).toMatchObject({
        ...{ pages: 3, delay: [100, 200, 300], loop: 2, hasAlpha: true },
      });
    });

  it('keeps the transparency of a still', async () => {
    const clear = { create: { width: 9, height: 9, channels: 4, background: '#ff000040' } } as const;
    for (const format of ['png', 'webp', 'avif'] as const) {
      const file = await clean(await sharp(clear).toFormat(format).toBuffer(), room);
      const pixel = [...(await sharp(file.bytes).raw().toBuffer()).subarray(0, 4)];
      for (const [at, value] of [255, 0, 0, 64].entries())
        expect(Math.abs(pixel[at]! - value)).toBeLessThan(4);
    }
  });

  it('keeps the frames of a PNG, and drops its comments', async () => {
    const bytes = await animatedPng();
    expect(bytes.toString('latin1')).toContain('somebody');
    const file = await clean(bytes, room);
    expect(await inspect(file.bytes)).toEqual({ format: 'png', width: 40, height: 20, frames: 2 });
    expect(Buffer.from(file.bytes).toString('latin1')).not.toContain('somebody');
    expect((await sharp(file.bytes).raw().toBuffer()).subarray(0, 4)).toEqual(Buffer.from([255, 0, 0, 255]));
  });

  it('makes it smaller where it does not fit, in the same format', async () => {
    const noise = await noisePng(400, 300);
    for (const format of ['png', 'jpeg', 'gif'] as const) {
      const bytes = await sharp(noise).toFormat(format).toBuffer();
      const limit = { maxBytes: Math.floor(bytes.byteLength / 4) };
      const file = await clean(bytes, limit);
      expect(file.bytes.byteLength).toBeLessThanOrEqual(limit.maxBytes);
      expect(file.format).toBe(format);
      expect(file.width / file.height).toBeCloseTo(4 / 3, 1);
    }
    await expect(clean(noise, { maxBytes: 40 })).rejects.toMatchObject({
      details: { reason: 'does-not-fit' },
    });
  });
});

describe('encode', () => {
  const raster = { width: 200, height: 100, data: Uint8Array.from(sequence(60_000, 5, 0, 255)) };
  for (const [maxBytes, format] of [
    [10e6, 'png'],
    [56_000, 'webp'],
    [6_000, 'jpeg'],
  ] as const)
    it(`fits ${maxBytes} bytes`, async () => {
      const file = await encode(raster, { maxBytes });
      expect(file.bytes.byteLength).toBeLessThanOrEqual(maxBytes);
      expect(file.format).toBe(format);
    });
});
