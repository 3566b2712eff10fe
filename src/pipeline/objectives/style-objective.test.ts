/** The tiled evaluation against the whole one, and both against central differences. */
import { LRUCache } from 'lru-cache';
import { describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { sequence } from '../../../test/fixtures.js';
import { hasTestData, TEST_DATA } from '../../../test/test-data.js';
import { createOnnxEngine } from '../engines/onnx/onnx.js';
import type { NetworkName } from '../requests.js';
import { WeightStore, NETWORKS } from '../networks/weight-store.js';
import { emptyPlanes, type Planes } from '../image/planes.js';
import type { RunContext } from '../recipes/run-context.js';
import { StatisticsProgram } from './measure.js';
import type { Region, Targets, StyleObjective, Terms } from './style-terms.js';
import { TiledStyle } from './tiled-style.js';
import { WholeStyle } from './whole-style.js';

const noise = (width: number, height: number, seed: number): Planes => ({
  channels: 3,
  width,
  height,
  data: sequence(3 * width * height, seed),
});

async function studio(name: NetworkName = 'mini'): Promise<RunContext> {
  const network = NETWORKS[name];
  const weights = await new WeightStore(fileURLToPath(new URL('weights', TEST_DATA))).weights(name);
  return {
    engine: createOnnxEngine(),
    network,
    weights,
    version: '',
    build: (image) => network.build(image, weights, { edges: 'replicated' }),
    pictures: { at: () => Promise.reject(new Error('there are no pictures')) },
    targets: new LRUCache({ max: 1 }),
    random: () => 0,
    learningRateScale: 1,
    onStep: () => undefined,
  };
}

const styleTaps = ['block1_conv1', 'block3_conv1', 'block5_conv1'];
const terms = (loss: Terms['loss']): Terms => ({
  loss,
  contentTap: 'block4_conv2',
  alpha: 1,
  styleWeights: new Map(styleTaps.map((tap) => [tap, 3])),
});

/** Left or right half of a picture, with a soft edge; mean T² = 1. */
function half(side: 'left' | 'right') {
  return (width: number, height: number): Promise<Planes> => {
    const mask = emptyPlanes(1, width, height);
    for (let i = 0; i < mask.data.length; i++) {
      const x = ((i % width) + 0.5) / width;
      mask.data[i] = Math.min(1, Math.max(0, 0.5 + (side === 'left' ? 0.5 - x : x - 0.5) * 4));
    }
    const norm = Math.sqrt(mask.data.reduce((sum, t) => sum + t * t, 0) / mask.data.length);
    return Promise.resolve({ ...mask, data: mask.data.map((t) => t / norm) });
  };
}

/** Wider and higher than one tile, and no multiple of the network's stride. */
const [WIDTH, HEIGHT] = [602, 538];

/** Losses within 1e-3 of each other, gradients within 1e-3 of the largest. */
async function expectEqual(whole: StyleObjective, tiled: StyleObjective, image: Planes): Promise<void> {
  const wanted = await whole.evaluate(image);
  const found = await tiled.evaluate(image);
  expect(Object.keys(found.losses).sort()).toEqual(Object.keys(wanted.losses).sort());
  for (const [name, value] of Object.entries(wanted.losses))
    expect(Math.abs(found.losses[name]! / value - 1), name).toBeLessThan(1e-3);
  const largest = wanted.gradient.data.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  const worst = wanted.gradient.data.reduce(
    (most, g, i) => Math.max(most, Math.abs(g - found.gradient.data[i]!)),
    0,
  );
  expect(worst / largest).toBeLessThan(1e-3);
}

describe.each(['gram', 'wasserstein'] as const)('%s over tiles', (loss) => {
  it.each([false, true])('equals the whole, regions: %s', async (masked) => {
    const here = await studio();
    const measure = await StatisticsProgram.compile(here, styleTaps);
    const first = await measure.of(noise(96, 80, 2));
    const second = await measure.of(noise(64, 96, 3));
    const regions: Region[] = masked
      ? [
          { targets: first, share: 0.4, mask: half('left') },
          { targets: second, share: 0.6, mask: half('right') },
        ]
      : [{ targets: first, share: 1 }];
    const scene: Targets = { width: WIDTH, height: HEIGHT, content: noise(WIDTH, HEIGHT, 4), regions };
    const whole = await WholeStyle.compile(here, terms(loss), regions.length, masked);
    const tiled = await TiledStyle.compile(here, terms(loss), regions.length);
    await whole.setTargets(scene);
    await tiled.setTargets(scene);
    await expectEqual(whole, tiled, noise(WIDTH, HEIGHT, 1));
    for (const part of [measure, whole, tiled]) await part.dispose();
  });
});

it.skipIf(!hasTestData)(
  'VGG19 over tiles at 512 px equals the whole (skipped without the test data)',
  async () => {
    const here = await studio('vgg19');
    const own = NETWORKS.vgg19.style!;
    const measure = await StatisticsProgram.compile(here, own.styleTaps);
    const regions: Region[] = [{ targets: await measure.of(noise(160, 128, 2)), share: 1 }];
    const all: Terms = {
      loss: 'gram',
      contentTap: own.contentTap,
      alpha: 1,
      styleWeights: new Map(own.styleTaps.map((tap) => [tap, 2])),
    };
    const whole = await WholeStyle.compile(here, all, 1, false);
    const tiled = await TiledStyle.compile(here, all, 1);
    const scene: Targets = { width: 512, height: 512, content: noise(512, 512, 4), regions };
    await whole.setTargets(scene);
    await tiled.setTargets(scene);
    await expectEqual(whole, tiled, noise(512, 512, 1));
    for (const part of [measure, whole, tiled]) await part.dispose();
  },
  300_000,
);
