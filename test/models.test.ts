/** Networks from a file server to the folder, through every fault that a network and its disk have. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { convert, type ConversionLimits } from '../src/models/convert.js';
import { BUNDLED } from '../src/models/bundled.js';
import { readManifest, type Manifest } from '../src/models/manifest.js';
import { pullOnStart } from '../src/models/pull-on-start.js';
import { openModelStore } from '../src/models/store.js';
import { readSafetensors } from '../src/pipeline/networks/safetensors.js';
import { hasShared, SHARED } from './fixtures.js';
import { serveFile, type FileServer } from './file-server.js';
import { encodeCaffe, miniOf, randomTensors, writeKeras } from './weight-files.js';

const SHAPES = { 'conv1/kernel': [3, 3, 16, 64], 'conv1/bias': [64] };
const tensors = randomTensors(SHAPES);
let original: Uint8Array;
let folder: string;
let server: FileServer;

const md5 = (bytes: Uint8Array): string => `md5:${createHash('md5').update(bytes).digest('hex')}`;

const manifestOf = (changes: { size?: number; checksum?: string } = {}): Manifest => ({
  tiny: {
    title: 'tiny',
    goodFor: 'tests',
    licence: 'none',
    attribution: 'none',
    preprocessing: 'none',
    taps: 'none',
    original: {
      format: 'keras',
      size: original.byteLength,
      checksum: md5(original),
      addresses: [server.address],
      ...changes,
    },
    tensors: SHAPES,
  },
});

const storeOf = (changes = {}, mirrors: string[] = []) =>
  openModelStore({
    folder,
    manifest: manifestOf(changes),
    mirrors,
    bundled: path.join(folder, 'nothing-bundled'),
    patience: { stallMs: 300, backoffMs: 10, rounds: 3 },
  });

async function expectWhole(name = 'tiny', expected = tensors): Promise<void> {
  expect((await readdir(folder)).sort()).toEqual([`${name}.safetensors`]);
  const weights = await readSafetensors(path.join(folder, `${name}.safetensors`));
  for (const [tensor, { shape, data }] of Object.entries(expected))
    expect(weights(tensor)).toEqual({ shape, data });
}

beforeAll(async () => {
  const scratch = await mkdtemp(path.join(tmpdir(), 'reverie-original-'));
  await writeKeras(path.join(scratch, 'tiny.h5'), tensors);
  original = await readFile(path.join(scratch, 'tiny.h5'));
  await rm(scratch, { recursive: true });
});

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-models-'));
  server = await serveFile(original);
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe('models pull', () => {
  it('fetches, converts and leaves nothing else', async () => {
    expect(await storeOf().pull('tiny')).toBe(true);
    await expectWhole();
    expect(await storeOf().pull('tiny')).toBe(false);
    expect(server.ranges).toEqual(['']);
  });

  it('goes on after a cut at 60 %', async () => {
    const after = Math.floor(original.byteLength * 0.6);
    server.faults.push({ kind: 'cut', after });
    await storeOf().pull('tiny');
    await expectWhole();
    expect(server.ranges).toEqual(['', `bytes=${after}-`]);
  });

  it('goes on after a stall, and after a 500', async () => {
    server.faults.push({ kind: 'stall', after: 1000 }, { kind: 'status', status: 500 });
    await storeOf().pull('tiny');
    await expectWhole();
    expect(server.ranges).toEqual(['', 'bytes=1000-', 'bytes=1000-']);
  });

  it.each([
    ['another checksum', { checksum: `md5:${'0'.repeat(32)}` }, /checksum/],
    ['another size', { size: 12345 }, /bytes instead of 12345/],
  ])('refuses %s at once and keeps nothing', async (_, changes, reason) => {
    await expect(storeOf(changes).pull('tiny')).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(reason) as string,
    });
    expect(await readdir(folder)).toEqual([]);
    expect(server.ranges).toHaveLength(1);
  });

  it('does not ask twice for a file that is not there, and asks the mirror first', async () => {
    server.faults.push({ kind: 'status', status: 404 });
    await expect(storeOf().pull('tiny')).rejects.toThrow('the server answers 404');
    expect(server.ranges).toHaveLength(1);
    const mirror = await serveFile(original);
    await storeOf({}, [new URL('.', mirror.address).href]).pull('tiny');
    await mirror.close();
    await expectWhole();
    expect([server.ranges.length, mirror.ranges.length]).toEqual([1, 1]);
  });

  it('lets one of two fetch while the other waits', async () => {
    const pulled = await Promise.all([storeOf().pull('tiny'), storeOf().pull('tiny')]);
    expect(pulled.sort()).toEqual([false, true]);
    expect(server.ranges).toHaveLength(1);
    await expectWhole();
  });

  it('fetches on start what it can, and tells the operator of each', async () => {
    const lines: unknown[] = [];
    const log = {
      info: (values: object, line: string) => lines.push({ ...values, line }),
      warn: ({ network }: { network?: string }, line: string) => lines.push({ network, line }),
    };
    await pullOnStart(storeOf(), ['nonsense', 'tiny', 'tiny'], log, new AbortController().signal);
    await expectWhole();
    expect(lines.filter((line) => !('percent' in (line as object)))).toEqual([
      { network: 'nonsense', line: 'There is no network “nonsense”; there are tiny.' },
      { network: 'tiny', line: 'the network is here' },
      { network: 'tiny', line: 'the network was here already' },
    ]);
    expect(lines).toContainEqual({ network: 'tiny', percent: 100, line: 'fetching a network' });
  });

  it('goes on where a killed process was', async () => {
    server.faults.push({ kind: 'stall', after: 5000 });
    await writeFile(path.join(folder, 'manifest'), JSON.stringify(manifestOf()));
    const child = spawn(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '--eval',
      `import { readFileSync } from 'node:fs';
       const { openModelStore } = await import(${JSON.stringify(new URL('../src/models/store.ts', import.meta.url).href)});
       const folder = ${JSON.stringify(folder)};
       const manifest = JSON.parse(readFileSync(folder + '/manifest', 'utf8'));
       await openModelStore({ folder, manifest, bundled: folder + '/none' })
         .pull('tiny', { onProgress: (done) => { if (done === 5000) process.stdout.write('now'); } });`,
    ]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    await rm(path.join(folder, 'manifest'));
    expect(await readdir(folder)).not.toContain('tiny.safetensors');
    await storeOf().pull('tiny');
    await expectWhole();
    expect(server.ranges.at(-1)).toBe('bytes=5000-');
  });

  it('asks nobody while offline', async () => {
    await expect(storeOf().pull('tiny', { offline: true })).rejects.toMatchObject({
      code: 'network-missing',
    });
    expect(server.ranges).toEqual([]);
  });
});

describe('models import', () => {
  const caffeShapes = {
    'conv/a/weight': [4, 3, 3, 3],
    'conv/a/bias': [4],
    'fc/weight': [5, 4, 1, 1],
    'fc/bias': [5],
  };
  const normShapes = {
    'conv2d_1/kernel': [3, 3, 3, 8],
    'batch_normalization_1/beta': [8],
    'batch_normalization_1/moving_mean': [8],
    'batch_normalization_1/moving_variance': [8],
  };
  const importing = async (shapes: Record<string, number[]>, write: (file: string) => Promise<void>) => {
    const file = path.join(folder, 'given');
    await write(file);
    const manifest = { tiny: { ...manifestOf().tiny!, tensors: shapes } };
    await openModelStore({ folder, manifest })
      .import('tiny', file)
      .finally(() => rm(file));
  };

  it.each(['new', 'old', 'double'] as const)('reads a caffemodel: %s', async (version) => {
    const source = randomTensors(caffeShapes);
    await importing(caffeShapes, (file) => writeFile(file, encodeCaffe(source, version)));
    await expectWhole('tiny', source);
  });

  it.each(['', 'model_weights'])('reads batch norms of Keras as they are, below “%s”', async (below) => {
    const source = randomTensors(normShapes);
    await importing(normShapes, (file) => writeKeras(file, source, { names: 'later', below }));
    await expectWhole('tiny', source);
  });

  it('refuses NaN, another shape and a missing layer, and keeps what was there', async () => {
    await storeOf().pull('tiny');
    const nan = randomTensors(SHAPES);
    nan['conv1/bias']!.data[3] = NaN;
    const bad = [
      [nan, /conv1\/bias holds values that are no numbers/],
      [randomTensors({ ...SHAPES, 'conv1/bias': [65] }), /shape 65 instead of 64/],
      [randomTensors({ 'conv2/kernel': [1], 'conv2/bias': [1] }), /no layer conv1/],
    ] as const;
    for (const [source, reason] of bad)
      await expect(importing(SHAPES, (file) => writeKeras(file, source))).rejects.toThrow(reason);
    await expectWhole();
  });
});

describe('a conversion', () => {
  const attempt = (limits: ConversionLimits) => {
    const from = path.join(folder, 'given');
    return writeFile(from, original).then(() =>
      convert({ name: 'tiny', from, to: path.join(folder, 'new'), shapes: SHAPES }, limits),
    );
  };

  it.each([
    ['memory', { bytes: 1 }, 'it asks for too much memory'],
    ['time', { seconds: 0.01 }, 'it could not be read within 0.01 s'],
  ])('that takes too much %s is ended, and leaves nothing', async (_, limits, reason) => {
    await expect(attempt(limits)).rejects.toMatchObject({ code: 'network-broken', details: { reason } });
    expect(await readdir(folder)).toEqual(['given']);
    await attempt({});
    expect((await readdir(folder)).sort()).toEqual(['given', 'new']);
  });
});

describe('models verify', () => {
  it('names the file with one flipped byte', async () => {
    const manifest = await readManifest();
    const bundled = path.join(folder, 'bundled');
    await mkdir(bundled);
    const copy = path.join(bundled, 'mini.safetensors');
    await copyFile(`${BUNDLED}mini.safetensors`, copy);
    const store = openModelStore({ folder, manifest, bundled });
    expect(await store.verify()).toMatchObject([{ name: 'mini', sound: true }]);
    const bytes = await readFile(copy);
    bytes[3_000_000]! ^= 1;
    await writeFile(copy, bytes);
    expect(await store.verify()).toEqual([
      { name: 'mini', file: copy, sound: false, finding: 'its checksum differs' },
    ]);
  });

  it('names a card that is damaged, or speaks of another file', async () => {
    const manifest = await readManifest();
    const bundled = path.join(folder, 'bundled');
    await mkdir(bundled);
    for (const name of ['mini.safetensors', 'mini.json'])
      await copyFile(`${BUNDLED}${name}`, path.join(bundled, name));
    const store = openModelStore({ folder, manifest, bundled });
    expect(await store.verify()).toMatchObject([{ sound: true }]);
    const card = await readFile(path.join(bundled, 'mini.json'), 'utf8');
    for (const changed of [card.slice(1), card.replace(/"sha256": "./, '"sha256": "_')]) {
      await writeFile(path.join(bundled, 'mini.json'), changed);
      expect(await store.verify()).toMatchObject([
        { sound: false, finding: 'its card, mini.json, is damaged' },
      ]);
    }
  });

  it("takes a network of the operator's own by its card, whatever its classes", async () => {
    const manifest = await readManifest();
    const file = path.join(folder, 'mini.safetensors');
    const own = await miniOf(7);
    const sha256 = createHash('sha256').update(own).digest('hex');
    await writeFile(file, own);
    await writeFile(path.join(folder, 'mini.json'), JSON.stringify({ sha256 }));
    const store = openModelStore({ folder, manifest, bundled: path.join(folder, 'nothing-bundled') });
    expect(await store.verify()).toMatchObject([
      { sound: true, finding: expect.stringContaining('checksum right') as string },
    ]);
    own[own.byteLength - 1]! ^= 1;
    await writeFile(file, own);
    expect(await store.verify()).toMatchObject([{ sound: false, finding: 'its checksum differs' }]);
  });

  it('finds a flipped bit in a network that was pulled, wherever it is', async () => {
    await storeOf().pull('tiny');
    const file = path.join(folder, 'tiny.safetensors');
    const sound = await readFile(file);
    expect(await storeOf().verify()).toMatchObject([
      { sound: true, finding: expect.stringContaining('checksum right') as string },
    ]);
    const header = 8 + Number(sound.readBigUInt64LE());
    const places = [...Array(header).keys(), header, header + 1000, sound.byteLength - 1];
    for (const place of places) {
      const bytes = Buffer.from(sound);
      bytes[place]! ^= 1 << (place % 8);
      await writeFile(file, bytes);
      expect([place, await storeOf().verify()]).toMatchObject([place, [{ name: 'tiny', sound: false }]]);
    }
  });

  it.skipIf(!hasShared)('calls every shared network correct (skipped: no shared material here)', async () => {
    const manifest = await readManifest();
    const shared = new URL('weights/', SHARED).pathname;
    const verdicts = await openModelStore({ folder: shared, manifest }).verify();
    expect(verdicts.map(({ name, sound }) => [name, sound])).toEqual(
      ['mini', 'vgg19', 'googlenet', 'inception_v3', 'squeezenet'].map((name) => [name, true]),
    );
  });
});
