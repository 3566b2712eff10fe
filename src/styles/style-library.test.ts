import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noisePng } from '../../test/fixtures.js';
import { DRAWN } from './drawn/index.js';
import { createPresets } from './presets.js';
import { StyleLibrary } from './style-library.js';

let folder: string;
let library: StyleLibrary;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-styles-'));
  library = new StyleLibrary(path.join(folder, 'styles'));
});
afterEach(() => rm(folder, { recursive: true }));

const lilies = { title: 'Water Lilies', artist: 'Claude Monet', year: '1906', licence: 'public domain' };

describe('the style library', () => {
  it('stores the pixels of a picture and none of its metadata', async () => {
    const secret = await sharp(await noisePng(90, 60))
      .withExif({ IFD0: { Copyright: 'a secret' } })
      .png()
      .toBuffer();
    expect(secret.includes('a secret')).toBe(true);
    await library.add('water-lilies', secret, lilies);
    expect(await library.list()).toEqual([{ name: 'water-lilies', card: lilies }]);
    const kept = Buffer.from(await library.png('water-lilies'));
    expect(kept.includes('a secret')).toBe(false);
    const raw = (bytes: Uint8Array) => sharp(bytes).removeAlpha().raw().toBuffer();
    expect((await raw(kept)).equals(await raw(secret))).toBe(true);
    expect((await readdir(library.folder)).sort()).toEqual(['water-lilies.json', 'water-lilies.png']);
  });

  it('shrinks large pictures', async () => {
    const jpeg = await sharp(await noisePng(4000, 1000))
      .jpeg()
      .toBuffer();
    await library.add('wide', jpeg, { title: 'Wide' });
    expect(await sharp(await library.png('wide')).metadata()).toMatchObject({
      ...{ format: 'png', width: 2048, height: 512 },
    });
  });

  it.each([
    ['a picture that is cut off', async () => (await noisePng(64, 64)).subarray(0, 500), 'image-broken'],
    ['a script', () => Promise.resolve(Buffer.from('<svg xmlns="…"/>')), 'image-unknown-type'],
  ])('refuses %s and leaves the stored picture unchanged', async (_, make, code) => {
    await library.add('mine', await noisePng(32, 32), { title: 'Mine' });
    const before = await library.png('mine');
    await expect(library.add('mine', await make(), { title: 'Other' })).rejects.toMatchObject({ code });
    expect(await library.list()).toEqual([{ name: 'mine', card: { title: 'Mine' } }]);
    expect(await library.png('mine')).toEqual(before);
    expect(await readdir(library.folder)).toHaveLength(2);
  });

  it.each(['', '../up', 'Großes', 'a b', '-a', 'a'.repeat(41), 'starry', 'attached'])(
    'refuses the name “%s”',
    async (name) => {
      await expect(library.add(name, await noisePng(32, 32), { title: 'x' })).rejects.toMatchObject({
        code: 'invalid-parameter',
      });
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('ignores styles without a picture or with an invalid card, and reserved or malformed names', async () => {
    await library.add('sound', await noisePng(32, 32), { title: 'Sound' });
    await writeFile(path.join(library.folder, 'bare.json'), '{"title":"Bare"}');
    await writeFile(path.join(library.folder, 'spoilt.json'), '{"title":');
    for (const name of ['spoilt', 'cardless', 'mosaic', 'Loud'])
      await writeFile(path.join(library.folder, `${name}.png`), await noisePng(32, 32));
    for (const name of ['mosaic', 'Loud'])
      await writeFile(path.join(library.folder, `${name}.json`), '{"title":"Not mine to take"}');
    expect((await library.list()).map(({ name }) => name)).toEqual(['sound']);
  });

  it('removes a style', async () => {
    await library.add('mine', await noisePng(32, 32), { title: 'Mine' });
    expect([await library.remove('mine'), await library.remove('mine')]).toEqual([true, false]);
    expect(await readdir(library.folder)).toEqual([]);
  });
});

describe('presets', () => {
  it('list the library, as it is now, after the drawn styles', async () => {
    const presets = createPresets(library);
    const offered = async () => (await presets.list()).slice(DRAWN.length);
    expect(await offered()).toEqual([]);
    await library.add('water-lilies', await noisePng(32, 32), lilies);
    await library.add('mine', await noisePng(32, 32, 2), { title: 'Mine' });
    expect(await offered()).toEqual([
      { name: 'mine', title: 'Mine' },
      { name: 'water-lilies', title: 'Water Lilies (Claude Monet)' },
    ]);
    expect(await presets.png('mine')).toEqual(await presets.png('mine'));
    await library.remove('mine');
    await expect(presets.png('mine')).rejects.toMatchObject({ code: 'unknown-preset' });
  });
});
