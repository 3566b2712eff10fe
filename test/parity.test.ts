/**
 * Every network on both engines: activations, and the gradients of a style and of a dream by the image. ONNX programs
 * carry gradients of our own; TensorFlow.js derives its own from the forward operators.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { NetworkName } from '../src/pipeline/requests.js';
import type { Bindings, Values } from '../src/pipeline/engines/engine.js';
import {
  add,
  constant,
  convolution,
  cropLike,
  input,
  instanceNorm,
  mean,
  multiply,
  reflectionPad,
  relu,
  sigmoid,
  upsampleNearest,
  type Input,
  type Program,
  type Tensor,
} from '../src/pipeline/graph/graph.js';
import { NETWORKS, WeightStore } from '../src/pipeline/networks/weight-store.js';
import type { Weights } from '../src/pipeline/networks/safetensors.js';
import { energy } from '../src/pipeline/objectives/activation.js';
import { contentDistance } from '../src/pipeline/objectives/content.js';
import { gramDistance, momentsOf } from '../src/pipeline/objectives/style.js';
import { onnx, tensorflow } from './engines.js';
import { sequence } from './fixtures.js';
import { hasTestData, TEST_DATA } from './test-data.js';
import { randomWeights } from './random-weights.js';

/** Five taps, early to late; the second is a style's, the fourth the one that keeps the content and is dreamt of. */
const TAPS: Readonly<Record<NetworkName, readonly [string, string, string, string, string]>> = {
  mini: ['block1_conv1:pre', 'block2_conv1', 'block3_pool', 'block4_conv3', 'block5_conv2'],
  vgg19: ['block1_conv2', 'block2_conv1:pre', 'block3_pool', 'block4_conv2', 'block5_conv1'],
  googlenet: [
    'conv1/7x7_s2',
    'pool1/norm1',
    'inception_3b/output',
    'inception_4c/output',
    'inception_5a/pool_proj:pre',
  ],
  inception_v3: ['conv2d_1', 'conv2d_5', 'mixed2', 'mixed5', 'mixed8'],
  squeezenet: ['conv1', 'fire2/concat', 'fire4/expand3x3:pre', 'fire7/concat', 'conv10'],
};

/** Sides that pools do not divide evenly, as small as the network allows. */
/** Of pictures in which no two maxima lie so near that rounding, which differs between engines, would decide between them. */
const SIDES: Readonly<Record<NetworkName, readonly [height: number, width: number]>> = {
  mini: [37, 46],
  vgg19: [34, 41],
  googlenet: [58, 73],
  inception_v3: [77, 84],
  squeezenet: [53, 66],
};

const weightStore = new WeightStore(fileURLToPath(new URL('weights', TEST_DATA)));
const weightsOf = (name: NetworkName): Promise<Weights> =>
  hasTestData || name === 'mini' ? weightStore.weights(name) : Promise.resolve(randomWeights(name));

const picture = ([height, width]: readonly [number, number], seed: number): Values => ({
  data: sequence(3 * height * width, seed),
  shape: [1, 3, height, width],
});

async function onBoth(program: Program, inputs: Bindings) {
  const [ours, theirs] = await Promise.all(
    [onnx, tensorflow].map(async (engine) => {
      const executable = await engine.compile(program);
      const results = await executable.run(inputs);
      await executable.dispose();
      return results;
    }),
  );
  return { ours: ours!, theirs: theirs! };
}

/** ‖a − b‖ / ‖b‖ */
function apart(a: Values, b: Values): number {
  expect(a.shape).toEqual(b.shape);
  const norm = (of: (i: number) => number) => Math.sqrt(b.data.reduce((sum, _, i) => sum + of(i) ** 2, 0));
  const whole = norm((i) => b.data[i]!);
  expect(whole).toBeGreaterThan(0);
  return norm((i) => a.data[i]! - b.data[i]!) / whole;
}

async function expectParity(program: Program, inputs: Bindings): Promise<void> {
  const { ours, theirs } = await onBoth(program, inputs);
  const figures = Object.entries(ours).map(([name, value]) => `${name} ${apart(value, theirs[name]!)}`);
  expect(figures.filter((figure) => !(Number(figure.split(' ').at(-1)) < 1e-3))).toEqual([]);
}

const imageInput = (): Tensor => input('image', [1, 3, 'height', 'width']);

describe.each(Object.keys(TAPS) as NetworkName[])(
  `%s with ${hasTestData ? 'its trained' : 'seeded random'} weights, onnx against tensorflow`,
  (name) => {
    const [, styleTap, , deepTap] = TAPS[name];
    const image = picture(SIDES[name], 3);

    it('activations at five taps', async () => {
      const taps = NETWORKS[name].build(imageInput(), await weightsOf(name));
      const outputs = Object.fromEntries(TAPS[name].map((tap) => [tap, taps.get(tap)!]));
      await expectParity({ outputs }, { image });
    });

    it('the gradient of a style', async () => {
      const weights = await weightsOf(name);
      const x = imageInput();
      const taps = NETWORKS[name].build(x, weights, { pooling: 'max' });
      const [style, content] = [taps.get(styleTap)!, taps.get(deepTap)!];
      const own = momentsOf(style);
      const { targets, features } = {
        targets: { outputs: { gram: own.second } },
        features: { outputs: { features: content } },
      };
      const wanted = await (
        await onnx.compile(targets)
      ).run({ image: picture([48, 40].map((n) => n + SIDES[name][0]) as [number, number], 8) });
      const kept = await (await onnx.compile(features)).run({ image: picture(SIDES[name], 9) });
      const total = add(
        gramDistance(own.second, input('gram', own.second.shape)),
        contentDistance(content, input('features', content.shape)),
      );
      await expectParity(
        { outputs: { total }, gradient: { of: total, by: { gradient: x } } },
        { image, gram: wanted.gram!, features: kept.features! },
      );
    });

    it('the gradient of a dream', async () => {
      const x = imageInput();
      const total = energy(NETWORKS[name].build(x, await weightsOf(name)).get(deepTap)!);
      await expectParity({ outputs: { total }, gradient: { of: total, by: { gradient: x } } }, { image });
    });
  },
);

/** The shape of a feed-forward generator, with one convolution that has enough channels for Winograd's algorithm. */
function generator(image: Tensor) {
  const styles: Input[] = [];
  const layer = (x: Tensor, out: number, side: number, stride = 1): Tensor => {
    const into = x.shape[1] as number;
    const bound = 1 / Math.sqrt(into * side * side);
    const seed = styles.length + 1;
    const kernel = constant(sequence(out * into * side * side, seed, -bound, bound), [out, into, side, side]);
    const bias = constant(sequence(out, seed, -0.1, 0.1), [out]);
    const y = convolution(reflectionPad(x, side >> 1), kernel, bias, stride, 0);
    if (out === 3) return y;
    const [factor, shift] = ['scale', 'shift'].map((name) => input(`${name}${seed}`, [1, out, 1, 1]));
    styles.push(factor!, shift!);
    return relu(instanceNorm(y, factor!, shift!));
  };
  const quarter = layer(layer(layer(image, 8, 9), 24, 3, 2), 112, 3, 2);
  const half = layer(upsampleNearest(add(quarter, layer(quarter, 112, 3)), 2), 24, 3);
  const whole = layer(layer(upsampleNearest(half, 2), 8, 3), 3, 9);
  return { picture: sigmoid(add(cropLike(whole, image), image)), styles };
}

// Sides that are multiples of four, and one and three pixels more.
it.each([
  [32, 40],
  [33, 39],
])('a feed-forward generator at %d×%d, by the image and by every style parameter', async (height, width) => {
  const image = input('image', [1, 3, 'height', 'width']);
  const { picture: painted, styles } = generator(image);
  const total = mean(multiply(painted, painted));
  const by = Object.fromEntries([image, ...styles].map((t) => [`by ${t.operation.name}`, t]));
  const values = styles.map(({ operation, shape }, i): [string, Values] => [
    operation.name,
    { data: sequence(shape[1] as number, i, 0.2, 1), shape: shape as number[] },
  ]);
  await expectParity(
    { outputs: { painted }, gradient: { of: total, by } },
    { image: picture([height, width], 3), ...Object.fromEntries(values) },
  );
});
