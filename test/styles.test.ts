/** Paintings from a file server to the style library, and from there to members of a loopback Discord. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pullPainting, readPaintings, type Paintings } from '../src/styles/paintings.js';
import { DRAWN } from '../src/styles/drawn/index.js';
import { styleNameOf, StyleLibrary } from '../src/styles/style-library.js';
import { isFinal, startTestBot, textOf } from './test-bot.js';
import { noisePng, sequence } from './fixtures.js';
import { serveFile, type FileServer } from './file-server.js';

/** Noise, so that the JPEG is long enough to be interrupted. */
const painting = (seed: number) =>
  sharp(Buffer.from(sequence(128 * 96 * 3, seed, 0, 255).map(Math.round)), {
    raw: { width: 128, height: 96, channels: 3 },
  })
    .jpeg({ quality: 95 })
    .toBuffer();

let folder: string;
let library: StyleLibrary;
let server: FileServer;
let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await painting(1);
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-paintings-'));
  library = new StyleLibrary(folder);
  server = await serveFile(jpeg);
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const card = { title: 'Water Lilies', artist: 'Claude Monet', year: '1906', licence: 'public domain' };
const known = (...addresses: string[]): Paintings => ({ 'water-lilies': { ...card, addresses } });
const pull = (addresses = [server.address], onProgress: (done: number) => void = () => undefined) =>
  pullPainting(library, 'water-lilies', {
    ...{ known: known(...addresses), stallMs: 1000, backoffMs: 10, rounds: 2, onProgress },
  });
/** The connection is lost once 5000 bytes have been stored. */
const pullWithCut = () => {
  server.faults.push({ kind: 'stall', after: 5000 });
  return pull(undefined, (done) => {
    if (done === 5000) server.drop();
  });
};

const pixels = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer();

async function expectPainting(source = jpeg): Promise<void> {
  expect((await readdir(folder)).sort()).toEqual(['water-lilies.json', 'water-lilies.png']);
  expect(await library.list()).toEqual([{ name: 'water-lilies', card }]);
  expect((await pixels(await library.png('water-lilies'))).equals(await pixels(source))).toBe(true);
}

describe('styles pull', () => {
  it('downloads a painting once', async () => {
    expect([await pull(), await pull()]).toEqual([true, false]);
    await expectPainting();
    expect(server.ranges).toEqual(['']);
  });

  it('resumes an interrupted download when the entity tag shows that the file is the same', async () => {
    server.content.etag = '"one"';
    await pullWithCut();
    await expectPainting();
    expect(server.ranges).toEqual(['', 'bytes=5000-']);
  });

  it('starts over when the file has changed, or when there is no entity tag', async () => {
    await pullWithCut();
    expect(server.ranges).toEqual(['', '']);
    await library.remove('water-lilies');
    const other = await painting(2);
    Object.assign(server.content, { etag: '"one"' });
    server.faults.push({ kind: 'stall', after: 5000 });
    const pulling = pull(undefined, (done) => {
      Object.assign(server.content, { bytes: other, etag: '"two"' });
      if (done === 5000) server.drop();
    });
    expect(await pulling).toBe(true);
    expect(server.ranges.slice(2)).toEqual(['', 'bytes=5000-']);
    await expectPainting(other);
  });

  it('tries the next address when the first has no picture or only half of one', async () => {
    const page = await serveFile(Buffer.from('<html>not here any more</html>'));
    const half = await serveFile(jpeg.subarray(0, jpeg.length / 2));
    await pull([page.address, half.address, server.address]);
    await expectPainting();
    expect([page, half, server].map(({ ranges }) => ranges)).toEqual([[''], [''], ['']]);
    await page.close();
    await half.close();
  });

  it.each([
    ['404', { kind: 'status', status: 404 }, /answered 404/],
    ['a stall', { kind: 'stall', after: 100 }, /no data for/],
  ] as const)('reports the reason after %s and leaves no files', async (_, fault, reason) => {
    server.faults.push(fault, fault);
    await expect(pull()).rejects.toMatchObject({
      ...{ code: 'download-failed', message: expect.stringMatching(reason) as string },
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses more than 25 MB and unknown paintings', async () => {
    server.content.bytes = new Uint8Array(26 * 2 ** 20);
    await expect(pull()).rejects.toThrow(/26214400 are allowed/);
    await expect(pullPainting(library, 'constructor', { known: known(server.address) })).rejects.toThrow(
      'There is no painting called “constructor”. Available: water-lilies.',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('downloads once when two pull at the same time', async () => {
    expect((await Promise.all([pull(), pull()])).sort()).toEqual([false, true]);
    expect(server.ranges).toHaveLength(1);
    await expectPainting();
  });
});

describe('models/styles.json', () => {
  it('lists a dozen paintings with well-formed addresses', async () => {
    const paintings = Object.entries(await readPaintings());
    expect(paintings.length).toBeGreaterThanOrEqual(12);
    expect(new Set(paintings.map(([, { artist }]) => artist)).size).toBeGreaterThanOrEqual(9);
    for (const [name, { addresses, licence }] of paintings) {
      expect(DRAWN.map((drawn) => drawn.name)).not.toContain(name);
      expect(styleNameOf(`${name}.jpg`)).toBe(name);
      expect(licence).toBe('public domain');
      // Wikimedia's folders are the first hex digits of the MD5 of the file name.
      const [, folders, file] = /commons\/thumb\/(.+)\/([^/]+)\/1280px-\2$/.exec(addresses[0]!)!;
      const hash = createHash('md5').update(decodeURIComponent(file!)).digest('hex');
      expect([name, folders]).toEqual([name, `${hash[0]!}/${hash.slice(0, 2)}`]);
      expect(addresses[1]).toContain(`/Special:FilePath/${file!}?`);
    }
  });
});

it('styles that are pulled or added while the bot runs are offered and used', async () => {
  const testBot = await startTestBot();
  const { sandbox, image } = testBot;
  const offered = async (typed: string, locale = 'de') =>
    sandbox.autocomplete({ name: 'style', focused: 'preset', locale, options: { preset: typed } });
  try {
    expect(await offered('monet')).toEqual([]);
    await pullPainting(testBot.library, 'water-lilies', { known: known(server.address) });
    await testBot.library.add('mine', await noisePng(32, 32), { title: 'Mine' });
    expect(await offered('monet')).toEqual([{ name: 'Water Lilies (Claude Monet)', value: 'water-lilies' }]);
    expect((await offered('')).map(({ value }) => value)).toEqual([
      ...DRAWN.map(({ name }) => name),
      ...['mine', 'water-lilies'],
    ]);
    const painted = await sandbox.command({
      name: 'style',
      options: { image, preset: 'water-lilies', second_preset: 'Mine' },
    });
    expect(textOf(await painted.until(isFinal))).toMatch(/Water Lilies \(Claude Monet\) \(50 %\) \+ Mine/);
    const pngs = [await testBot.library.png('water-lilies'), await testBot.library.png('mine')];
    expect(testBot.renderer.requests.at(-1)).toMatchObject({
      styles: pngs.map((png) => ({ image: new Uint8Array(png) })),
    });
    const taught = new Uint8Array([1, 2, 3]);
    await testBot.library.saveTaught('mine', taught);
    await testBot.library.saveTaught(DRAWN[0]!.name, taught);
    for (const preset of ['mine', DRAWN[0]!.name]) {
      const again = await sandbox.command({ name: 'style', options: { image, preset } });
      await again.until(isFinal);
      expect(testBot.renderer.requests.at(-1)).toMatchObject({ styles: [{ taught }] });
    }
    const sheet = await sandbox.command({ name: 'style', options: { image } });
    await sheet.until(isFinal);
    expect(testBot.renderer.requests.at(-1)).toMatchObject({ kind: 'sheet', styles: { 0: { taught } } });
    const { id, components } = await sheet.until(isFinal);
    const customId = /v1:choose:[^"]+/.exec(JSON.stringify(components))![0];
    const chosen = await sandbox.component({ message: id, customId, values: ['0'] });
    await chosen.until(isFinal);
    expect(testBot.renderer.requests.at(-1)).toMatchObject({ kind: 'style', styles: { 0: { taught } } });
    await testBot.library.add('mine', await noisePng(32, 32), { title: 'Mine' });
    expect(await testBot.library.taught('mine')).toBeUndefined();
    await testBot.library.remove('mine');
    expect(await offered('mine')).toEqual([]);
    const gone = await sandbox.command({ name: 'style', options: { image, preset: 'mine' } });
    expect((await gone.until(isFinal)).content).toMatch(/no preset called “/);
  } finally {
    await testBot.stop();
  }
});
