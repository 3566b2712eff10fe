import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { DRAWN } from './drawn/index.js';
import { createPresets } from './presets.js';
import { drawScene, SCENE_NAMES } from './scenes/index.js';

// Each picture is drawn twice, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

const library = createPresets();
const names = DRAWN.map(({ name }) => name);

async function pixels(png: Uint8Array): Promise<Buffer> {
  return sharp(png).resize(64, 64, { fit: 'fill' }).raw().toBuffer();
}

describe('the preset library', () => {
  it('offers at least eight styles with distinct names', () => {
    expect(names.length).toBeGreaterThanOrEqual(8);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(names)('draws %s: a rich PNG of 768 × 768, the same every time', async (name) => {
    const png = await library.png(name);
    const { format, width, height, channels } = await sharp(png).metadata();
    expect({ format, width, height, channels }).toEqual({
      format: 'png',
      width: 768,
      height: 768,
      channels: 3,
    });
    const stats = await sharp(png).stats();
    for (const channel of stats.channels) expect(channel.stdev).toBeGreaterThan(30);
    expect(Buffer.from(await createPresets().png(name)).equals(png)).toBe(true);
  });

  it('draws styles that differ strongly from one another', async () => {
    const pictures = await Promise.all(names.map(async (name) => pixels(await library.png(name))));
    pictures.forEach((a, i) => {
      pictures.slice(i + 1).forEach((b, j) => {
        const difference = a.reduce((sum, value, at) => sum + Math.abs(value - b[at]!), 0) / a.length;
        expect(difference, `${names[i]!} and ${names[i + 1 + j]!}`).toBeGreaterThan(30);
      });
    });
  });

  it('returns copies', async () => {
    const first = await library.png(names[0]!);
    const byte = first[0]!;
    first[0] = 0;
    expect((await library.png(names[0]!))[0]).toBe(byte);
  });

  it('names the styles when asked for one that does not exist', async () => {
    await expect(library.png('fog')).rejects.toMatchObject({
      code: 'unknown-preset',
      message: `There is no preset called “fog”. Available: ${names.join(', ')}.`,
    });
  });
});

describe('the scenes', () => {
  it.each([
    ['landscape', 768, 576],
    ['portrait', 768, 768],
  ] as const)('draws a %s of %i × %i, the same every time', async (name, width, height) => {
    const png = await drawScene(name);
    expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width, height, channels: 3 });
    for (const channel of (await sharp(png).stats()).channels) expect(channel.stdev).toBeGreaterThan(25);
    expect(Buffer.from(await drawScene(name)).equals(png)).toBe(true);
  });

  it('are a landscape and a portrait', () => {
    expect(SCENE_NAMES).toEqual(['landscape', 'portrait']);
  });
});
