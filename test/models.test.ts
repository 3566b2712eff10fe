/** Networks from a file server to the folder, with failures of the network and of the files. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { convert, type ConversionLimits } from '../src/weights/convert.js';
import { BUNDLED } from '../src/weights/bundled.js';
import { readManifest } from '../src/weights/manifest.js';
import { pullOnStart } from '../src/weights/pull-on-start.js';
import { createWeightInstaller } from '../src/weights/installer.js';
import { hasTestData, TEST_DATA } from './test-data.js';
import { serveFile, type FileServer } from './file-server.js';
import { expectWhole, kerasFile, manifestOf, SHAPES, TENSORS } from './tiny-network.js';
import { encodeSafetensors, miniOf, randomTensors, writeKeras } from './weight-files.js';

let original: Uint8Array;
let folder: string;
let server: FileServer;

const installerOf = (changes = {}, mirrors: string[] = []) =>
  createWeightInstaller({
    folder,
    manifest: manifestOf(original, server.address, changes),
    mirrors,
    bundled: path.join(folder, 'nothing-bundled'),
    timing: { stallMs: 2000, backoffMs: 10, rounds: 3 },
  });

beforeAll(async () => {
  original = await kerasFile();
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
  it('downloads and converts, and leaves no other files', async () => {
    expect(await installerOf().pull('tiny')).toBe(true);
    await expectWhole(folder);
    expect(await installerOf().pull('tiny')).toBe(false);
    expect(server.ranges).toEqual(['']);
  });

  it('resumes after a connection is lost at 60 %', async () => {
    const after = Math.floor(original.byteLength * 0.6);
    server.faults.push({ kind: 'stall', after });
    await installerOf().pull('tiny', {
      onProgress(done) {
        if (done === after) server.drop();
      },
    });
    await expectWhole(folder);
    expect(server.ranges).toEqual(['', `bytes=${after}-`]);
  });

  it('resumes after a stall and after a 500', async () => {
    server.faults.push({ kind: 'stall', after: 1000 }, { kind: 'status', status: 500 });
    await installerOf().pull('tiny');
    await expectWhole(folder);
    expect(server.ranges).toEqual(['', 'bytes=1000-', 'bytes=1000-']);
  });

  it.each([
    ['another checksum', { checksum: `md5:${'0'.repeat(32)}` }, /checksum/],
    ['another size', { size: 12345 }, /bytes instead of 12345/],
  ])('refuses %s at once and leaves no files', async (_, changes, reason) => {
    await expect(installerOf(changes).pull('tiny')).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(reason) as string,
    });
    expect(await readdir(folder)).toEqual([]);
    expect(server.ranges).toHaveLength(1);
  });

  it('does not retry a 404, and tries the mirror first', async () => {
    server.faults.push({ kind: 'status', status: 404 });
    await expect(installerOf().pull('tiny')).rejects.toThrow('the server answered 404');
    expect(server.ranges).toHaveLength(1);
    const mirror = await serveFile(original);
    await installerOf({}, [new URL('.', mirror.address).href]).pull('tiny');
    await mirror.close();
    await expectWhole(folder);
    expect([server.ranges.length, mirror.ranges.length]).toEqual([1, 1]);
  });

  it('downloads once when two pull at the same time', async () => {
    const pulled = await Promise.all([installerOf().pull('tiny'), installerOf().pull('tiny')]);
    expect(pulled.sort()).toEqual([false, true]);
    expect(server.ranges).toHaveLength(1);
    await expectWhole(folder);
  });

  it('pulls what it can on start, and logs each network', async () => {
    const lines: unknown[] = [];
    const log = {
      info: (values: object, line: string) => lines.push({ ...values, line }),
      warn: ({ network }: { network?: string }, line: string) => lines.push({ network, line }),
    };
    await pullOnStart(installerOf(), ['nonsense', 'tiny', 'tiny'], log, new AbortController().signal);
    await expectWhole(folder);
    expect(lines.filter((line) => !('percent' in (line as object)))).toEqual([
      { network: 'nonsense', line: 'There is no network called “nonsense”. Available: tiny.' },
      { network: 'tiny', line: 'the network is installed' },
      { network: 'tiny', line: 'the network was installed already' },
    ]);
    expect(lines).toContainEqual({ network: 'tiny', percent: 100, line: 'downloading a network' });
  });

  it('sends no request while offline', async () => {
    await expect(installerOf().pull('tiny', { offline: true })).rejects.toMatchObject({
      code: 'network-missing',
    });
    expect(server.ranges).toEqual([]);
  });
});

describe('models import', () => {
  it('refuses NaN and leaves the installed network unchanged', async () => {
    await installerOf().pull('tiny');
    const nan = randomTensors(SHAPES);
    nan['conv1/bias']!.data[3] = NaN;
    const file = path.join(folder, 'given');
    await writeKeras(file, nan);
    await expect(installerOf().import('tiny', file)).rejects.toMatchObject({
      code: 'network-broken',
      message: 'That file cannot be used as tiny: conv1/bias has values that are not finite.',
    });
    await rm(file);
    await expectWhole(folder);
  });

  it('replaces a network atomically', async () => {
    const file = path.join(folder, 'given');
    await writeFile(file, original);
    await installerOf().import('tiny', file);
    await writeFile(file, encodeSafetensors(TENSORS));
    const state = { importing: true };
    const importing = installerOf()
      .import('tiny', file)
      .finally(() => (state.importing = false));
    do expect(await installerOf().verify()).toMatchObject([{ name: 'tiny', valid: true }]);
    while (state.importing);
    await importing;
    await rm(file);
    await expectWhole(folder);
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
    ['memory', { bytes: 1 }, 'reading it takes too much memory'],
    ['time', { seconds: 0.01 }, 'it could not be read within 0.01 s'],
  ])('that takes too much %s is killed and leaves no files', async (_, limits, reason) => {
    await expect(attempt(limits)).rejects.toMatchObject({ code: 'network-broken', details: { reason } });
    expect(await readdir(folder)).toEqual(['given']);
    await attempt({});
    expect((await readdir(folder)).sort()).toEqual(['given', 'new']);
  });
});

describe('models verify', () => {
  it('detects one flipped bit', async () => {
    const manifest = await readManifest();
    const bundled = path.join(folder, 'bundled');
    await mkdir(bundled);
    const copy = path.join(bundled, 'mini.safetensors');
    await copyFile(`${BUNDLED}mini.safetensors`, copy);
    const store = createWeightInstaller({ folder, manifest, bundled });
    expect(await store.verify()).toMatchObject([{ name: 'mini', valid: true }]);
    const bytes = await readFile(copy);
    bytes[3_000_000]! ^= 1;
    await writeFile(copy, bytes);
    expect(await store.verify()).toEqual([
      { name: 'mini', file: copy, valid: false, finding: 'its checksum does not match' },
    ]);
  });

  it('detects a card that is damaged or of another file', async () => {
    const manifest = await readManifest();
    const bundled = path.join(folder, 'bundled');
    await mkdir(bundled);
    for (const name of ['mini.safetensors', 'mini.json'])
      await copyFile(`${BUNDLED}${name}`, path.join(bundled, name));
    const store = createWeightInstaller({ folder, manifest, bundled });
    expect(await store.verify()).toMatchObject([{ valid: true }]);
    const card = await readFile(path.join(bundled, 'mini.json'), 'utf8');
    for (const changed of [card.slice(1), card.replace(/"sha256": "./, '"sha256": "_')]) {
      await writeFile(path.join(bundled, 'mini.json'), changed);
      expect(await store.verify()).toMatchObject([
        { valid: false, finding: 'its card, mini.json, is damaged' },
      ]);
    }
  });

  it("accepts an operator's own network with its card, whatever its classes", async () => {
    const manifest = await readManifest();
    const file = path.join(folder, 'mini.safetensors');
    const own = await miniOf(7);
    const sha256 = createHash('sha256').update(own).digest('hex');
    await writeFile(file, own);
    await writeFile(path.join(folder, 'mini.json'), JSON.stringify({ sha256 }));
    const store = createWeightInstaller({ folder, manifest, bundled: path.join(folder, 'nothing-bundled') });
    expect(await store.verify()).toMatchObject([
      { valid: true, finding: expect.stringContaining('checksum correct') as string },
    ]);
    own[own.byteLength - 1]! ^= 1;
    await writeFile(file, own);
    expect(await store.verify()).toMatchObject([{ valid: false, finding: 'its checksum does not match' }]);
  });

  it('detects a flipped bit anywhere in a network that was pulled', async () => {
    await installerOf().pull('tiny');
    const file = path.join(folder, 'tiny.safetensors');
    const whole = await readFile(file);
    expect(await installerOf().verify()).toMatchObject([
      { valid: true, finding: expect.stringContaining('checksum correct') as string },
    ]);
    const header = 8 + Number(whole.readBigUInt64LE());
    const places = [...Array(header).keys(), header, header + 1000, whole.byteLength - 1];
    for (const place of places) {
      const bytes = Buffer.from(whole);
      bytes[place]! ^= 1 << (place % 8);
      await writeFile(file, bytes);
      expect([place, await installerOf().verify()]).toMatchObject([place, [{ name: 'tiny', valid: false }]]);
    }
  });

  it.skipIf(!hasTestData)(
    'finds nothing wrong with every other network (skipped without the test data)',
    async () => {
      const manifest = await readManifest();
      const weights = new URL('weights/', TEST_DATA).pathname;
      const verdicts = await createWeightInstaller({ folder: weights, manifest }).verify();
      expect(verdicts.map(({ name, valid }) => [name, valid])).toEqual(
        ['mini', 'vgg19', 'googlenet', 'inception_v3', 'squeezenet'].map((name) => [name, true]),
      );
    },
  );
});
