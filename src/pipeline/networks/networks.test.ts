import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sequence } from '../../../test/fixtures.js';
import { hasTestData, TEST_DATA } from '../../../test/test-data.js';
import { randomWeights } from '../../../test/random-weights.js';
import { createOnnxEngine } from '../engines/onnx/onnx.js';
import { input } from '../graph/graph.js';
import { decode } from '../image/decode.js';
import { toPlanes } from '../image/planes.js';
import type { NetworkName } from '../requests.js';
import { NETWORKS, WeightStore } from './weight-store.js';

const engine = createOnnxEngine();
const weightStore = new WeightStore(fileURLToPath(new URL('weights/', TEST_DATA)));

async function activations(name: NetworkName, taps: readonly string[], data: Float32Array, side: number) {
  const weights = await weightStore.weights(name);
  const tensors = NETWORKS[name].build(input('image', [1, 3, 'height', 'width']), weights);
  const outputs = Object.fromEntries(taps.map((tap) => [tap, tensors.get(tap)!]));
  const program = await engine.compile({ outputs });
  const values = await program.run({ image: { data, shape: [1, 3, side, side] } });
  await program.dispose();
  return values;
}

/** Shape, mean and root mean square, computed with PyTorch 2 from the same files on the same 149-pixel noise. */
const REFERENCE = {
  mini: {
    block1_conv2: [24, 149, 149, 0.529009, 1.09697],
    block3_conv1: [96, 37, 37, 0.317453, 0.599088],
    block4_conv2: [192, 18, 18, 0.149501, 0.387329],
    block5_conv2: [256, 9, 9, 0.340611, 0.821859],
    predictions: [200, 9, 9, -0.0137865, 1.82362],
  },
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

/** The class with the highest mean score over all positions of a picture, resized to `side` × `side` pixels. */
async function bestClass(name: NetworkName, picture: string, side: number): Promise<number> {
  const tap = NETWORKS[name].classifier!;
  const { data } = toPlanes(
    await decode(await readFile(new URL(`images/${picture}`, TEST_DATA)), side, side),
  );
  const { shape, data: logits } = (await activations(name, [tap], data, side))[tap]!;
  const [, classes, rows, columns] = shape as [number, number, number, number];
  const area = rows * columns;
  const scores = Array.from({ length: classes }, (_, c) =>
    logits.subarray(c * area, (c + 1) * area).reduce((a, b) => a + b, 0),
  );
  return scores.indexOf(Math.max(...scores));
}

describe('real weights (only the bundled network without the test data)', () => {
  for (const [name, taps] of Object.entries(REFERENCE))
    it.skipIf(name !== 'mini' && !hasTestData)(`the activations of ${name} equal PyTorch's`, async () => {
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
    it.skipIf(!hasTestData)(`${name} classifies chelsea.png as a cat`, async () => {
      // ImageNet's tabby, tiger cat, Persian, Siamese and Egyptian cat.
      expect([281, 282, 283, 284, 285]).toContain(await bestClass(name, 'chelsea.png', 227));
    });

  it.skipIf(!hasTestData)('mini classifies coffee.png as an espresso', async () => {
    const card = await readFile(new URL('../../../models/mini.json', import.meta.url), 'utf8');
    const { classes } = JSON.parse(card) as { classes: { name: string }[] };
    expect(classes[await bestClass('mini', 'coffee.png', 64)]!.name).toBe('espresso');
  });
});

it('counts the multiply-adds stated in the papers and tables', () => {
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

it('without zero padding, the activations of a uniform picture are uniform', async () => {
  const weights = await weightStore.weights('mini');
  const image = input('image', [1, 3, 'height', 'width']);
  const of = (edges: 'zeros' | 'replicated') =>
    NETWORKS.mini.build(image, weights, { edges }).get('block3_conv1')!;
  const program = await engine.compile({ outputs: { zeros: of('zeros'), replicated: of('replicated') } });
  const grey = { data: new Float32Array(3 * 32 * 48).fill(0.7), shape: [1, 3, 32, 48] };
  const { zeros, replicated } = await program.run({ image: grey });
  await program.dispose();
  const spread = ({ data, shape }: { data: Float32Array; shape: readonly number[] }) => {
    const positions = shape[2]! * shape[3]!;
    return data.reduce((most, value, i) => {
      const middle = Math.floor(i / positions) * positions + Math.floor((shape[2]! / 2 + 0.5) * shape[3]!);
      return Math.max(most, Math.abs(value - data[middle]!));
    }, 0);
  };
  expect(replicated!.shape).toEqual([1, 96, 8, 12]);
  expect(spread(zeros!)).toBeGreaterThan(0.1);
  expect(spread(replicated!)).toBeLessThan(1e-4);
});

it.each(Object.keys(NETWORKS) as NetworkName[])(
  'the shapes of %s computed without weights equal those of the built network',
  (name) => {
    const network = NETWORKS[name];
    const weights = randomWeights(name);
    for (const edges of ['zeros', 'replicated'] as const) {
      const tensors = network.build(input('image', [1, 3, 'height', 'width']), weights, { edges });
      for (const { name: tap } of network.taps)
        expect(network.shapes.get(tap), tap).toEqual(tensors.get(tap)!.shape);
    }
  },
);

it('weights are converted once, even if several programs are built from them', () => {
  const weights = randomWeights('mini');
  const [first, second] = [0, 1].map(() =>
    NETWORKS.mini.build(input('image', [1, 3, 'height', 'width']), weights).get('block1_conv1:pre')!,
  );
  expect(second!.inputs[1]).toBe(first!.inputs[1]);
});
