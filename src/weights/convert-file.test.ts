import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCaffe, encodeSafetensors, randomTensors, writeKeras } from '../../test/weight-files.js';
import { readSafetensors } from '../pipeline/networks/safetensors.js';
import { convertFile } from './convert-file.js';

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-conversion-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function converted(shapes: Record<string, number[]>, write: (file: string) => Promise<void>) {
  const from = path.join(folder, `${++count}.in`);
  const to = path.join(folder, `${count}.out`);
  await write(from);
  await convertFile({ name: 'tiny', from, to, shapes });
  return readSafetensors(to);
}

async function expectEqual(shapes: Record<string, number[]>, write: (file: string) => Promise<void>) {
  const weights = await converted(shapes, write);
  for (const [name, { shape, data }] of Object.entries(randomTensors(shapes)))
    expect([name, weights(name)]).toEqual([name, { shape, data }]);
}

const CAFFE = {
  'conv/a/weight': [4, 3, 3, 3],
  'conv/a/bias': [4],
  'fc/weight': [5, 4, 1, 1],
  'fc/bias': [5],
};
const KERAS = { 'conv1/kernel': [3, 3, 2, 4], 'conv1/bias': [4] };
const NORMS = {
  'conv2d_1/kernel': [3, 3, 3, 8],
  'batch_normalization_1/beta': [8],
  'batch_normalization_1/moving_mean': [8],
  'batch_normalization_1/moving_variance': [8],
};

describe('a conversion', () => {
  it.each(['new', 'old', 'double'] as const)('reads a caffemodel: %s', (version) =>
    expectEqual(CAFFE, (file) => writeFile(file, encodeCaffe(randomTensors(CAFFE), version))),
  );

  it('reads the tensor names of early Keras versions', () =>
    expectEqual(KERAS, (file) => writeKeras(file, randomTensors(KERAS))));

  it.each(['', 'model_weights'])('reads Keras batch normalisation, below “%s”', (below) =>
    expectEqual(NORMS, (file) => writeKeras(file, randomTensors(NORMS), { names: 'later', below })),
  );

  it('reads safetensors', () =>
    expectEqual(KERAS, (file) => writeFile(file, encodeSafetensors(randomTensors(KERAS)))));

  it.each([
    ['another shape', { ...KERAS, 'conv1/bias': [5] }, /shape 5 instead of 4/],
    ['a missing layer', { 'conv2/kernel': [1], 'conv2/bias': [1] }, /no layer conv1/],
    ['a missing tensor', { 'conv1/kernel': [3, 3, 2, 4] }, /1 tensors instead of 2/],
  ])('refuses %s', async (_, other, reason) => {
    await expect(converted(KERAS, (file) => writeKeras(file, randomTensors(other)))).rejects.toThrow(reason);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s', async (value) => {
    const tensors = randomTensors(KERAS);
    tensors['conv1/bias']!.data[3] = value;
    await expect(converted(KERAS, (file) => writeKeras(file, tensors))).rejects.toThrow(
      'conv1/bias has values that are not finite',
    );
  });
});
