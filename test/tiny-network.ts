/** A network of two tensors, its weights as Keras would publish them, and its entry in the manifest. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { Manifest } from '../src/weights/manifest.js';
import { readSafetensors } from '../src/pipeline/networks/safetensors.js';
import { randomTensors, writeKeras } from './weight-files.js';

export const SHAPES = { 'conv1/kernel': [3, 3, 16, 64], 'conv1/bias': [64] };
export const TENSORS = randomTensors(SHAPES);

export async function kerasFile(): Promise<Buffer> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'reverie-original-'));
  await writeKeras(path.join(scratch, 'tiny.h5'), TENSORS);
  const bytes = await readFile(path.join(scratch, 'tiny.h5'));
  await rm(scratch, { recursive: true });
  return bytes;
}

export function manifestOf(
  original: Uint8Array,
  address: string,
  changes: { size?: number; checksum?: string } = {},
): Manifest {
  return {
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
        checksum: `md5:${createHash('md5').update(original).digest('hex')}`,
        addresses: [address],
        ...changes,
      },
      tensors: SHAPES,
    },
  };
}

/** Expects the folder to contain the network and nothing else. */
export async function expectWhole(folder: string, expected = TENSORS): Promise<void> {
  expect((await readdir(folder)).sort()).toEqual(['tiny.safetensors']);
  const weights = await readSafetensors(path.join(folder, 'tiny.safetensors'));
  for (const [tensor, { shape, data }] of Object.entries(expected))
    expect(weights(tensor)).toEqual({ shape, data });
}
