import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noisePng } from '../../test/fixtures.js';
import { DRAWN } from './drawn.js';
import { createPresetLibrary } from './library.js';
import { StyleShelf } from './shelf.js';

let folder: string;
let shelf: StyleShelf;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-styles-'));
  shelf = new StyleShelf(path.join(folder, 'styles'));
});
afterEach(() => rm(folder, { recursive: true }));

const lilies = { title: 'Water Lilies', artist: 'Claude Monet', year: '1906', licence: 'public domain' };

describe('the shelf', () => {
  it('keeps a picture’s pixels and nothing else of it', async () => {
    const secret = await sharp(await noisePng(90, 60))
      .withExif({ IFD0: { Copyright: 'a secret' } })
      .png()
      .toBuffer();
    expect(secret.includes('a secret')).toBe(true);
    await shelf.keep('water-lilies', secret, lilies);
    expect(await shelf.list()).toEqual([{ name: 'water-lilies', card: lilies }]);
    const kept = Buffer.from(await shelf.png('water-lilies'));
    expect(kept.includes('a secret')).toBe(false);
    const raw = (bytes: Uint8Array) => sharp(bytes).removeAlpha().raw().toBuffer();
    expect((await raw(kept)).equals(await raw(secret))).toBe(true);
    expect((await readdir(shelf.folder)).sort()).toEqual(['water-lilies.json', 'water-lilies.png']);
  });

  it('makes large pictures as small as their use', async () => {
    const jpeg = await sharp(await noisePng(4000, 1000))
      .jpeg()
      .toBuffer();
    await shelf.keep('wide', jpeg, { title: 'Wide' });
    expect(await sharp(await shelf.png('wide')).metadata()).toMatchObject({
      ...{ format: 'png', width: 2048, height: 512 },
    });
  });

  it.each([
    ['a picture that is cut off', async () => (await noisePng(64, 64)).subarray(0, 500), 'image-broken'],
    ['a script', () => Promise.resolve(Buffer.from('<svg xmlns="…"/>')), 'image-unknown-type'],
  ])('refuses %s, and leaves what was there', async (_, make, code) => {
    await shelf.keep('mine', await noisePng(32, 32), { title: 'Mine' });
    const before = await shelf.png('mine');
    await expect(shelf.keep('mine', await make(), { title: 'Other' })).rejects.toMatchObject({ code });
    expect(await shelf.list()).toEqual([{ name: 'mine', card: { title: 'Mine' } }]);
    expect(await shelf.png('mine')).toEqual(before);
    expect(await readdir(shelf.folder)).toHaveLength(2);
  });

  it.each(['', '../up', 'Großes', 'a b', '-a', 'a'.repeat(41), 'starry', 'attached'])(
    'refuses the name “%s”',
    async (name) => {
      await expect(shelf.keep(name, await noisePng(32, 32), { title: 'x' })).rejects.toMatchObject({
        code: 'invalid-parameter',
      });
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('leaves out what lacks its picture or its card, and what somebody spoilt', async () => {
    await shelf.keep('sound', await noisePng(32, 32), { title: 'Sound' });
    await writeFile(path.join(shelf.folder, 'bare.json'), '{"title":"Bare"}');
    await writeFile(path.join(shelf.folder, 'spoilt.json'), '{"title":');
    for (const name of ['spoilt', 'cardless', 'mosaic', 'Loud'])
      await writeFile(path.join(shelf.folder, `${name}.png`), await noisePng(32, 32));
    for (const name of ['mosaic', 'Loud'])
      await writeFile(path.join(shelf.folder, `${name}.json`), '{"title":"Not mine to take"}');
    expect((await shelf.list()).map(({ name }) => name)).toEqual(['sound']);
  });

  it('removes', async () => {
    await shelf.keep('mine', await noisePng(32, 32), { title: 'Mine' });
    expect([await shelf.remove('mine'), await shelf.remove('mine')]).toEqual([true, false]);
    expect(await readdir(shelf.folder)).toEqual([]);
  });
});

describe('the library', () => {
  it('offers what is on the shelf after what is drawn, as it is when asked', async () => {
    const library = createPresetLibrary(shelf);
    const offered = async () => (await library.list()).slice(DRAWN.length);
    expect(await offered()).toEqual([]);
    await shelf.keep('water-lilies', await noisePng(32, 32), lilies);
    await shelf.keep('mine', await noisePng(32, 32, 2), { title: 'Mine' });
    expect(await offered()).toEqual([
      { name: 'mine', title: 'Mine' },
      { name: 'water-lilies', title: 'Water Lilies (Claude Monet)' },
    ]);
    expect(await library.png('mine')).toEqual(await shelf.png('mine'));
    await shelf.remove('mine');
    await expect(library.png('mine')).rejects.toMatchObject({ code: 'unknown-preset' });
  });
});
