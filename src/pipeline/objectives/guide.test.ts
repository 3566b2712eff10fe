import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/engines.js';
import { expectAgreement, sequence } from '../../../test/fixtures.js';
import { hasTestData, TEST_DATA } from '../../../test/test-data.js';
import { input, type Tensor } from '../graph/graph.js';
import { energy } from './activation.js';
import { channelWeights, matchedFeatures, weightedEnergy } from './guide.js';

interface Expected {
  readonly dream_L2_loss: number;
  readonly guide_dAct: number[][][];
  readonly guide_channel_weights_crowsonkb: number[];
}

describe.skipIf(!hasTestData).each(ENGINES)(
  'agreement with the reference (skipped without the test data), %s',
  (_, engine) => {
    const expected = () =>
      JSON.parse(readFileSync(new URL('fixtures/losses.json', TEST_DATA), 'utf8')) as Expected;
    const F = { data: sequence(120, 1, 0, 2), shape: [1, 4, 5, 6] };
    const S = { data: sequence(144, 2, 0, 2), shape: [1, 4, 6, 6] };
    const features = input('F', [1, 4, 'height', 'width']);

    /** Value and gradient, times the number of activations. */
    async function climb(of: Tensor, extra = {}) {
      const program = await engine.compile({
        outputs: { of },
        gradient: { of, by: { gradient: features } },
      });
      const { of: value, gradient } = await program.run({ F, ...extra });
      return { value: value!.data[0]! * 120, gradient: gradient!.data.map((g) => g * 120) };
    }

    it('energy: the gradient is F itself', async () => {
      const { value, gradient } = await climb(energy(features));
      expect(value / expected().dream_L2_loss).toBeCloseTo(1, 4);
      expectAgreement(gradient, [...F.data]);
    });

    it('matching: the gradient is the best match of the guide at each position', async () => {
      const { gradient } = await climb(matchedFeatures(features, input('S', [1, 4, 'h', 'w'])), { S });
      expectAgreement(gradient, expected().guide_dAct.flat(2));
    });

    it('channel weights: the gradient is w∘F', async () => {
      const data = channelWeights(S.data, 4);
      expectAgreement(data, expected().guide_channel_weights_crowsonkb);
      const w = input('w', [1, 4, 1, 1]);
      const { gradient } = await climb(weightedEnergy(features, w), { w: { data, shape: [1, 4, 1, 1] } });
      const weights = expected().guide_channel_weights_crowsonkb;
      expectAgreement(
        gradient,
        [...F.data].map((f, i) => f * weights[Math.floor(i / 30)]!),
      );
    });
  },
);
