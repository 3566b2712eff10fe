/** A network that is imported while it is in use: the next picture is painted with the new one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readManifest } from '../src/weights/manifest.js';
import { createWeightInstaller, type WeightInstaller } from '../src/weights/installer.js';
import type { Renderer } from '../src/pipeline/renderer.js';
import type { RenderRequestInput } from '../src/pipeline/requests.js';
import { openSafetensors } from '../src/pipeline/networks/safetensors.js';
import { createRenderer } from '../src/pipeline/runtime/local.js';
import { createThreadedRenderer } from '../src/pipeline/runtime/worker-thread.js';
import { noisePng } from './fixtures.js';
import { render } from './render.js';
import { encodeSafetensors } from './weight-files.js';

const BUNDLED = new URL('../models/mini.safetensors', import.meta.url).pathname;

let folder: string;
let modelsDir: string;
let store: WeightInstaller;
let renderer: Renderer;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-replaced-'));
  modelsDir = path.join(folder, 'models');
  store = createWeightInstaller({ folder: modelsDir, manifest: await readManifest() });
  renderer = createThreadedRenderer({ modelsDir, engine: 'onnx', device: 'cpu' });
});
afterEach(async () => {
  await renderer.close();
  await rm(folder, { recursive: true });
});

/** Imports the bundled network with all values of its layers multiplied, as a file of the same size. */
async function importScaled(factor: number): Promise<void> {
  const { shapes, weights } = await openSafetensors(BUNDLED);
  const tensors = Object.fromEntries(
    [...shapes].map(([name, shape]) => [
      name,
      { shape: [...shape], data: weights(name).data.map((value) => value * factor) },
    ]),
  );
  const file = path.join(folder, 'other.safetensors');
  await writeFile(file, encodeSafetensors(tensors));
  await store.import('mini', file);
}

it('the next picture uses the new network, or the bundled one once it is removed', async () => {
  const request: RenderRequestInput = {
    kind: 'style',
    network: 'mini',
    content: await noisePng(64, 64, 1),
    styles: [{ image: await noisePng(64, 64, 2) }],
    size: 64,
    steps: 3,
  };
  const painted = async (by: Renderer) => (await render(by, request)).trace.steps.map(({ losses }) => losses);
  const wanted = () => painted(createRenderer({ modelsDir, engine: 'onnx', device: 'cpu' }));

  const bundled = await painted(renderer);
  await importScaled(1.05);
  const first = await painted(renderer);
  expect(first).toEqual(await wanted());
  await importScaled(1.1);
  const second = await painted(renderer);
  expect(second).toEqual(await wanted());
  expect(new Set([bundled, first, second].map((losses) => JSON.stringify(losses))).size).toBe(3);
  await store.remove('mini');
  expect(await painted(renderer)).toEqual(bundled);
});

it('a damaged file is read again once it is repaired', async () => {
  const image = await noisePng(64, 64);
  const request = { kind: 'dream', network: 'mini', image, size: 64, octaves: 1, steps: 1 } as const;
  await importScaled(1);
  await writeFile(path.join(modelsDir, 'mini.safetensors'), 'torn');
  await expect(renderer.prepare(request)).rejects.toMatchObject({ code: 'network-broken' });
  await store.import('mini', BUNDLED);
  expect((await renderer.prepare(request)).run.plan).toMatchObject({ network: 'mini' });
  expect((await render(renderer, request)).plan.network).toBe('mini');
});
