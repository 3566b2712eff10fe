import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hasShared, sequence, SHARED } from '../../../test/fixtures.js';
import { createOnnxEngine } from '../engines/onnx.js';
import { input } from '../graph/graph.js';
import { decode } from '../image/files.js';
import { toPlanes } from '../image/planes.js';
import type { NetworkName } from '../contract.js';
import { NETWORKS } from './index.js';
import { readSafetensors } from './safetensors.js';

const engine = createOnnxEngine();

async function activations(name: NetworkName, taps: readonly string[], data: Float32Array, side: number) {
  const weights = await readSafetensors(fileURLToPath(new URL(`weights/${name}.safetensors`, SHARED)));
  const tensors = NETWORKS[name].build(input('image', [1, 3, 'height', 'width']), weights);
  const outputs = Object.fromEntries(taps.map((tap) => [tap, tensors.get(tap)!]));
  const program = await engine.compile({ outputs });
  const values = await program.run({ image: { data, shape: [1, 3, side, side] } });
  await program.dispose();
  return values;
}

/** Shape, mean and root mean square, computed with PyTorch 2 from the same files on the same 149-pixel noise. */
const REFERENCE = {
  inception_v3: {
    conv2d_5: [192, 33, 33, 0.766408, 1.46413],
    mixed0: [256, 16, 16, 0.694418, 1.41565],
    mixed2: [288, 16, 16, 0.316513, 0.703218],
    mixed3: [768, 7, 7, 0.377053, 0.729774],
    mixed5: [768, 7, 7, 0.212835, 0.562256],
    mixed8: [1280, 3, 3, 0.397186, 0.702395],
  },
  squeezenet: {
    'fire2/concat': [128, 37, 37, 51.6271, 129.624],
    'fire4/concat': [256, 18, 18, 67.7699, 151.859],
    'fire7/concat': [384, 9, 9, 6.26067, 24.2768],
    'fire9/concat': [512, 9, 9, 0.844294, 5.19164],
    conv10: [1000, 9, 9, 5.1269, 6.96157],
  },
} as const;

describe.skipIf(!hasShared)('real weights (skipped where the shared folder is absent)', () => {
  for (const [name, taps] of Object.entries(REFERENCE))
    it(`${name}'s activations are PyTorch's`, async () => {
      const noise = sequence(3 * 149 * 149, 3);
      const values = await activations(name as NetworkName, Object.keys(taps), noise, 149);
      for (const [tap, [channels, height, width, mean, rms]] of Object.entries(taps)) {
        const { shape, data } = values[tap]!;
        expect(shape).toEqual([1, channels, height, width]);
        const sum = data.reduce((total, value) => total + value, 0);
        const squares = data.reduce((total, value) => total + value ** 2, 0);
        expect(sum / data.length / mean).toBeCloseTo(1, 3);
        expect(Math.sqrt(squares / data.length) / rms).toBeCloseTo(1, 3);
      }
    });

  for (const name of ['googlenet', 'squeezenet'] as const)
    it(`${name}'s classifier sees a cat in chelsea`, async () => {
      const tap = NETWORKS[name].classifier!;
      const file = await readFile(new URL('images/chelsea.png', SHARED));
      const { data } = toPlanes(await decode(file, 227, 227));
      const { shape, data: logits } = (await activations(name, [tap], data, 227))[tap]!;
      const area = shape[2]! * shape[3]!;
      const scores = Array.from({ length: 1000 }, (_, c) =>
        logits.subarray(c * area, (c + 1) * area).reduce((a, b) => a + b, 0),
      );
      const best = scores.indexOf(Math.max(...scores));
      // ImageNet's tabby, tiger cat, Persian, Siamese and Egyptian cat.
      expect([281, 282, 283, 284, 285]).toContain(best);
    });
});

it('counts multiply-adds as the papers and tables do', () => {
  const at = (name: NetworkName, tap: string, side: number) =>
    (NETWORKS[name].multiplyAdds(tap) * side ** 2) / 1e9;
  expect(at('vgg19', 'block5_conv1', 224)).toBeCloseTo(18.1, 1);
  expect(at('vgg19', 'block4_conv2', 512)).toBeCloseTo(72.9, 0);
  expect(at('googlenet', 'inception_4c/output', 512)).toBeCloseTo(6.1, 0);
  expect(at('squeezenet', 'conv10', 224)).toBeCloseTo(0.35, 1);
});

it('lists every convolution before and after its ReLU', () => {
  for (const { taps } of Object.values(NETWORKS)) {
    const names = taps.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names.filter((n) => n.endsWith(':pre')))
      expect(names).toContain(name.replace(':pre', ''));
  }
  expect(NETWORKS.inception_v3.taps).toContainEqual({ name: 'conv2d_76:pre', channels: 192 });
  expect(NETWORKS.inception_v3.taps.at(-1)).toEqual({ name: 'mixed8', channels: 1280 });
});
