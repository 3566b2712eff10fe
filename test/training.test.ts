/** The recipe in models/train: what it writes is what the bundled file is, and what the engine computes from it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, type TestContext } from 'vitest';
import { BUNDLED } from '../src/weights/bundled.js';
import { readManifest } from '../src/weights/manifest.js';
import { createOnnxEngine } from '../src/pipeline/engines/onnx/onnx.js';
import { input } from '../src/pipeline/graph/graph.js';
import { NETWORKS } from '../src/pipeline/networks/weight-store.js';
import { openSafetensors, readSafetensors } from '../src/pipeline/networks/safetensors.js';

const python = process.env.REVERIE_PYTHON ?? 'python3';

/** On one thread: several that wait for each other are slow where other tests want the same cores. */
const ask = (...words: string[]) =>
  spawnSync(python, words, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, OMP_NUM_THREADS: '1' },
    encoding: 'utf8',
  });

const hasTorch = ask('-c', 'import torch, numpy, PIL').status === 0;

const skipWithoutTorch = ({ skip }: TestContext): void => {
  if (!hasTorch) skip(`${python} has no torch, numpy and pillow; REVERIE_PYTHON names one that has`);
};

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

it('the bundled file has the layout that models/train/README.md describes', async () => {
  const file = await readFile(`${BUNDLED}mini.safetensors`);
  const start = 8 + Number(file.readBigUInt64LE(0));
  const text = file.toString('utf8', 8, start);
  expect(start % 8).toBe(0);
  expect(text).toMatch(/^\{"__metadata__": .*\} {0,7}$/);
  const { __metadata__, ...tensors } = JSON.parse(text) as Record<string, unknown>;
  expect(__metadata__).toEqual({ format: 'HWIO', network: 'mini', version: '1' });
  const expected = (await readManifest()).mini!.tensors;
  expect(Object.keys(tensors)).toEqual(Object.keys(expected));
  let end = 0;
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(tensors as Record<string, Entry>)) {
    expect([name, dtype]).toEqual([name, name.endsWith('/kernel') ? 'F16' : 'F32']);
    expect([name, shape]).toEqual([name, expected[name]]);
    const bytes = (dtype === 'F16' ? 2 : 4) * shape.reduce((product, n) => product * n, 1);
    expect(data_offsets).toEqual([end, (end += bytes)]);
  }
  expect(file.byteLength).toBe(start + end);
});

it('the card is of the bundled file', async () => {
  const file = await readFile(`${BUNDLED}mini.safetensors`);
  const card = JSON.parse(await readFile(`${BUNDLED}mini.json`, 'utf8')) as Record<string, unknown>;
  const { shapes } = await openSafetensors(`${BUNDLED}mini.safetensors`);
  const count = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
  const sha256 = createHash('sha256').update(file).digest('hex');
  const parameters = [...shapes.values()].reduce((sum, shape) => sum + count(shape), 0);
  expect(card).toMatchObject({ name: 'mini', sha256, bytes: file.byteLength, parameters, layout: 'HWIO' });
  expect(card.classes).toHaveLength(shapes.get('predictions/bias')![0]!);
  expect((await readManifest()).mini!.sha256).toBe(sha256);
});

it('passes its own check', { timeout: 300_000 }, (context) => {
  skipWithoutTorch(context);
  const { status, stdout, stderr } = ask('-m', 'models.train', 'check');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.match(/^ok/gm)).toHaveLength(5);
});

it('the recipe of swift passes its own check', { timeout: 300_000 }, (context) => {
  skipWithoutTorch(context);
  const { status, stdout, stderr } = ask('-m', 'models.train.swift', 'check');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.match(/^ok/gm)).toHaveLength(5);
});

/** The engine's activations of an exported file against PyTorch's of the network before its batch norms were folded. */
it('what the engine computes is what was trained', { timeout: 300_000 }, async (context) => {
  skipWithoutTorch(context);
  const folder = await mkdtemp(path.join(tmpdir(), 'reverie-proof-'));
  expect(ask('-m', 'models.train', 'prove', folder).stderr).toBe('');
  // Half precision holds the kernels of the first one exactly, and rounds those of the second to 11 bits.
  for (const [name, tolerance] of [
    ['mini', 1e-4],
    ['trained', 3e-3],
  ] as const) {
    const reference = await openSafetensors(path.join(folder, name, 'reference.safetensors'));
    const weights = await readSafetensors(path.join(folder, name, 'mini.safetensors'));
    const taps = [...reference.shapes.keys()].filter((tensor) => tensor !== 'image');
    expect(taps).toEqual(NETWORKS.mini.taps.map((tap) => tap.name).filter((tap) => !/pool|:pre/.test(tap)));
    const tensors = NETWORKS.mini.build(input('image', [1, 3, 'height', 'width']), weights);
    const program = await createOnnxEngine().compile({
      outputs: Object.fromEntries(taps.map((tap) => [tap, tensors.get(tap)!])),
    });
    const values = await program.run({ image: reference.weights('image') });
    await program.dispose();
    for (const tap of taps) {
      const { shape, data } = reference.weights(tap);
      expect([tap, values[tap]!.shape]).toEqual([tap, shape]);
      const worst = data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - values[tap]!.data[i]!)),
        0,
      );
      expect([tap, worst < tolerance, worst]).toEqual([tap, true, worst]);
    }
  }
  await rm(folder, { recursive: true });
});
