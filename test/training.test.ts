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

interface Header {
  readonly metadata: unknown;
  readonly tensors: Readonly<Record<string, Entry>>;
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** The header of a bundled file, after checking what holds for every file: the padding, the types and that the data has no gaps. */
async function headerOf(name: string): Promise<Header> {
  const file = await readFile(`${BUNDLED}${name}.safetensors`);
  const start = 8 + Number(file.readBigUInt64LE(0));
  const text = file.toString('utf8', 8, start);
  expect(start % 8).toBe(0);
  expect(text).toMatch(/^\{"__metadata__": .*\} {0,7}$/);
  const { __metadata__: metadata, ...entries } = JSON.parse(text) as Record<string, unknown>;
  const tensors = entries as Record<string, Entry>;
  let end = 0;
  for (const [tensor, { dtype, shape, data_offsets }] of Object.entries(tensors)) {
    expect([tensor, dtype]).toEqual([tensor, tensor.endsWith('/kernel') ? 'F16' : 'F32']);
    const bytes = (dtype === 'F16' ? 2 : 4) * countOf(shape);
    expect(data_offsets).toEqual([end, (end += bytes)]);
  }
  expect(file.byteLength).toBe(start + end);
  return { metadata, tensors };
}

/** The card of a bundled file, after checking that it is of that file. */
async function cardOf(name: string): Promise<Record<string, unknown>> {
  const file = await readFile(`${BUNDLED}${name}.safetensors`);
  const card = JSON.parse(await readFile(`${BUNDLED}${name}.json`, 'utf8')) as Record<string, unknown>;
  const { shapes } = await openSafetensors(`${BUNDLED}${name}.safetensors`);
  const sha256 = createHash('sha256').update(file).digest('hex');
  const parameters = [...shapes.values()].reduce((sum, shape) => sum + countOf(shape), 0);
  expect(card).toMatchObject({ name, sha256, bytes: file.byteLength, parameters, layout: 'HWIO' });
  return card;
}

it('the bundled mini has the layout that models/train/README.md describes', async () => {
  const { metadata, tensors } = await headerOf('mini');
  expect(metadata).toEqual({ format: 'HWIO', network: 'mini', version: '1' });
  const expected = (await readManifest()).mini!.tensors;
  expect(Object.keys(tensors)).toEqual(Object.keys(expected));
  for (const [name, { shape }] of Object.entries(tensors))
    expect([name, shape]).toEqual([name, expected[name]]);
});

it('the card is of the bundled mini', async () => {
  const card = await cardOf('mini');
  const { shapes } = await openSafetensors(`${BUNDLED}mini.safetensors`);
  expect(card.classes).toHaveLength(shapes.get('predictions/bias')![0]!);
  expect((await readManifest()).mini!.sha256).toBe(card.sha256);
});

it('the bundled swift has the layout that models/train/README.md describes, and its card', async () => {
  const { metadata, tensors } = await headerOf('swift');
  expect(metadata).toEqual({ format: 'HWIO', network: 'swift', version: '1' });
  const residuals = [1, 2, 3, 4, 5].flatMap((n) => [`residual${n}a`, `residual${n}b`]);
  const layers = ['down1', 'down2', 'down3', ...residuals, 'up1', 'up2', 'out', 'perceptron1', 'perceptron2'];
  expect(Object.keys(tensors)).toEqual([
    ...layers.flatMap((layer) => [`${layer}/kernel`, `${layer}/bias`]),
    ...['code/mean', 'code/deviation', 'code/components'],
  ]);
  expect(tensors['down1/kernel']!.shape).toEqual([9, 9, 3, 24]);
  expect(tensors['perceptron2/kernel']!.shape).toEqual([256, 2 * 1200]);
  expect(tensors['code/components']!.shape).toEqual([1232, 64]);
  await cardOf('swift');
});

it('the recipe of mini passes its own check', { timeout: 300_000 }, (context) => {
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
