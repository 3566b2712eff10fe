/** The tiled evaluation against the whole one. */
import { describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { sequence } from '../../../test/fixtures.js';
import { hasTestData, TEST_DATA } from '../../../test/test-data.js';
import type { Values } from '../engines/engine.js';
import { createOnnxEngine } from '../engines/onnx/onnx.js';
import type { Input } from '../graph/graph.js';
import { emptyPlanes, type Planes } from '../image/planes.js';
import { createEncoder, type Encoder } from '../networks/encoder.js';
import { NETWORKS, WeightStore } from '../networks/weight-store.js';
import type { NetworkName } from '../requests.js';
import { activationEnergy, activationMean, selectChannels } from './activation.js';
import { contentLoss } from './content.js';
import { StatisticsProgram } from './feature-statistics.js';
import { guideByChannels, guideByMatch, guideFeatures } from './guide.js';
import { sum, times, type Objective, type Targets } from './objective.js';
import { mapSize, type Size } from './pictures.js';
import { CovarianceRoots, gramLoss, wassersteinLoss, type StyleTerm } from './style.js';
import { compileTiled } from './tiles.js';
import { totalVariation } from './variation.js';
import { compileWhole } from './whole-picture.js';

const engine = createOnnxEngine();

const noise = (width: number, height: number, seed: number): Planes => ({
  channels: 3,
  width,
  height,
  data: sequence(3 * width * height, seed),
});

async function encoderOf(name: NetworkName): Promise<Encoder> {
  const weights = await new WeightStore(fileURLToPath(new URL('weights', TEST_DATA))).weights(name);
  return createEncoder(NETWORKS[name], weights, { edges: 'replicated' });
}

/** Left or right half of a picture, with a soft edge; mean T² = 1. */
function half(side: 'left' | 'right', { width, height }: Size): Planes {
  const mask = emptyPlanes(1, width, height);
  for (let i = 0; i < mask.data.length; i++) {
    const x = ((i % width) + 0.5) / width;
    mask.data[i] = Math.min(1, Math.max(0, 0.5 + (side === 'left' ? 0.5 - x : x - 0.5) * 4));
  }
  const norm = Math.sqrt(mask.data.reduce((total, t) => total + t * t, 0) / mask.data.length);
  return { ...mask, data: mask.data.map((t) => t / norm) };
}

/** The terms' styles are noise: another one for each region. */
async function styleTargets(
  encoder: Encoder,
  terms: readonly StyleTerm[],
  size: Size,
): Promise<{ values: [Input, Values][]; masks: [Input, Planes][]; factors: Map<string, number> }> {
  const statistics = await StatisticsProgram.compile(
    engine,
    encoder,
    terms.map(({ layer }) => layer),
  );
  const styles = [await statistics.of(noise(96, 80, 2)), await statistics.of(noise(64, 96, 3))];
  const roots = new CovarianceRoots(engine);
  const values: [Input, Values][] = [];
  const masks: [Input, Planes][] = [];
  const factors = new Map<string, number>();
  for (const term of terms) {
    values.push(...(await term.targets(styles[term.region]!.get(term.layer)!, roots)));
    const share = term.mask ? [0.4, 0.6][term.region]! : 1;
    factors.set(term.name, share / term.energy(styles[term.region]!.get(term.layer)!));
    if (term.mask)
      masks.push([
        term.mask,
        half(term.region === 0 ? 'left' : 'right', mapSize(encoder.tap(term.layer).shape, size)),
      ]);
  }
  await Promise.all([statistics.dispose(), roots.dispose()]);
  return { values, masks, factors };
}

/** Losses within 1e-3 of each other, gradients within 1e-3 of the largest. */
async function expectAgreement(
  encoder: Encoder,
  objective: Objective,
  targets: Targets,
  image: Planes,
): Promise<void> {
  const whole = await compileWhole(engine, encoder, objective);
  const tiled = await compileTiled(engine, encoder, objective);
  await whole.setTargets(targets);
  await tiled.setTargets(targets);
  const wanted = await whole.evaluate(image);
  const found = await tiled.evaluate(image);
  expect(Object.keys(found.losses).sort()).toEqual(Object.keys(wanted.losses).sort());
  expect(Object.keys(wanted.losses)).toHaveLength(objective.length + 1);
  for (const [name, value] of Object.entries(wanted.losses))
    expect(Math.abs(found.losses[name]! / value - 1), name).toBeLessThan(1e-3);
  const largest = wanted.gradient.data.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  const worst = wanted.gradient.data.reduce(
    (most, g, i) => Math.max(most, Math.abs(g - found.gradient.data[i]!)),
    0,
  );
  expect(worst / largest).toBeLessThan(1e-3);
  await Promise.all([whole.dispose(), tiled.dispose()]);
}

/** Wider and higher than one tile, and no multiple of the network's stride. */
const SIZE = { width: 602, height: 538 };
const image = noise(SIZE.width, SIZE.height, 1);

describe.each([
  ['gram', gramLoss],
  ['wasserstein', wassersteinLoss],
] as const)('%s over tiles', (_, loss) => {
  it.each([false, true])('equals the evaluation of the whole picture, with regions: %s', async (masked) => {
    const encoder = await encoderOf('mini');
    const content = contentLoss(encoder.tap('block4_conv2'));
    const styles = ['block1_conv1', 'block3_conv1', 'block5_conv1'].flatMap((tap) =>
      (masked ? [0, 1] : [0]).map((region) => times(3, loss(encoder.tap(tap), region, masked))),
    );
    const { values, masks, factors } = await styleTargets(encoder, styles, SIZE);
    const references = new Map([[content.reference, noise(SIZE.width, SIZE.height, 4)]]);
    const targets = { values: new Map(values), masks: new Map(masks), references, factors };
    await expectAgreement(encoder, sum([content, ...styles]), targets, image);
  });
});

it('a sum of all kinds of terms over tiles equals its evaluation over the whole picture', async () => {
  const encoder = await encoderOf('mini');
  const tap = encoder.tap('block3_conv2');
  const content = contentLoss(encoder.tap('block4_conv2'));
  const styles = [gramLoss(encoder.tap('block2_conv1')), wassersteinLoss(encoder.tap('block1_conv1'))];
  const channel = activationMean('some channels', tap, [7, 9]);
  const match = guideByMatch('a match', encoder.tap('block4_conv1'));
  const weighted = guideByChannels('weighted channels', tap);
  const guide = (longest: number) => Promise.resolve(noise(longest, longest >> 1, 5));
  const { values, factors } = await styleTargets(encoder, styles, SIZE);
  const targets: Targets = {
    factors,
    values: new Map([
      ...values,
      [channel.channels!, selectChannels(tap, [7, 9])],
      [match.guide, await guideFeatures(engine, encoder, match, guide)],
      [weighted.guide, await guideFeatures(engine, encoder, weighted, guide)],
    ]),
    references: new Map([[content.reference, noise(SIZE.width, SIZE.height, 4)]]),
  };
  const objective = sum([
    content,
    times(2, styles[0]!),
    styles[1]!,
    times(5, totalVariation()),
    activationEnergy('all channels', tap),
    channel,
    times(0.5, match),
    weighted,
  ]);
  await expectAgreement(encoder, objective, targets, image);
});

it.skipIf(!hasTestData)(
  'VGG19 over tiles at 512 px equals the whole picture (skipped without the test data)',
  async () => {
    const encoder = await encoderOf('vgg19');
    const { styleTaps, contentTap } = NETWORKS.vgg19.style!;
    const content = contentLoss(encoder.tap(contentTap));
    const styles = styleTaps.map((tap) => times(2, gramLoss(encoder.tap(tap))));
    const { values, factors } = await styleTargets(encoder, styles, { width: 512, height: 512 });
    const references = new Map([[content.reference, noise(512, 512, 4)]]);
    const targets = { values: new Map(values), references, factors };
    await expectAgreement(encoder, sum([content, ...styles]), targets, noise(512, 512, 1));
  },
  300_000,
);
