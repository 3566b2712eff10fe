import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/engines.js';
import { expectAgreement, sequence } from '../../../test/fixtures.js';
import { hasTestData, TEST_DATA } from '../../../test/test-data.js';
import type { Engine } from '../engines/engine.js';
import { gram, input, type Tensor } from '../graph/graph.js';
import { contentDistance } from './content.js';
import { covariance, gramDistance, momentsOf, wassersteinDistance } from './style.js';
import { squareRoots } from './matrix-root.js';
import { variationOf } from './variation.js';

const shape = [1, 2, 1, 2];
const f = input('f', [1, 2, 'height', 'width']);

async function evaluate(
  engine: Engine,
  of: Tensor,
  extra: Record<string, { data: Float32Array; shape: number[] }> = {},
) {
  const program = await engine.compile({ outputs: { of }, gradient: { of, by: { gradient: f } } });
  const result = await program.run({ f: { data: new Float32Array([1, 2, 3, 4]), shape }, ...extra });
  return { value: result.of!.data[0]!, gradient: [...result.gradient!.data] };
}

describe.each(ENGINES)('closed forms on F = [[1, 2], [3, 4]], %s', (_, engine) => {
  it('content: mean (F − P)², gradient 2(F − P)/numel', async () => {
    const target = { data: new Float32Array([0, 2, 1, 8]), shape };
    const loss = contentDistance(f, input('p', [1, 2, 'height', 'width']));
    expect(await evaluate(engine, loss, { p: target })).toEqual({ value: 21 / 4, gradient: [0.5, 0, 1, -2] });
  });

  it('style: G = FFᵀ/N, mean (G − A)², gradient 4/(C²N)·(G − A)F', async () => {
    // G = [[2.5, 5.5], [5.5, 12.5]]
    const target = { data: new Float32Array([2.5, 4.5, 4.5, 12.5]), shape: [2, 2] };
    expect(
      await evaluate(engine, gramDistance(momentsOf(f).second, input('a', [2, 2])), { a: target }),
    ).toEqual({
      value: 0.5,
      gradient: [1.5, 2, 0.5, 1],
    });
  });
});

describe.skipIf(!hasTestData).each(ENGINES)(
  'agreement with the reference (skipped without the test data), %s',
  (_, engine) => {
    const read = () =>
      JSON.parse(readFileSync(new URL('fixtures/losses.json', TEST_DATA), 'utf8')) as {
        gram_hw_loss: number;
        gram_hw_grad: number[][][];
        w2_loss: number;
        w2_grad: number[][][];
        tv9: number;
        tv9_grad_fd: number[][][];
        content_mse: number;
      };
    const F = { data: sequence(120, 1, 0, 2), shape: [1, 4, 5, 6] };
    const S = { data: sequence(144, 2, 0, 2), shape: [1, 4, 6, 6] };
    const P = { data: sequence(120, 3, 0, 2), shape: [1, 4, 5, 6] };
    const features = input('F', [1, 4, 'height', 'width']);

    const run = async (of: Tensor, inputs: Record<string, { data: Float32Array; shape: number[] }>) => {
      const program = await engine.compile({
        outputs: { of },
        gradient: { of, by: { gradient: features } },
      });
      return program.run({ F, ...inputs });
    };

    it('style loss and its gradient', async () => {
      const s = input('S', [1, 4, 'height', 'width']);
      const { target } = await (await engine.compile({ outputs: { target: gram(s) } })).run({ S });
      const { of, gradient } = await run(gramDistance(momentsOf(features).second, input('A', [4, 4])), {
        A: target! as never,
      });
      const expected = read();
      expect(of!.data[0]! / expected.gram_hw_loss).toBeCloseTo(1, 4);
      expectAgreement(gradient!.data, expected.gram_hw_grad.flat(2));
    });

    it('Wasserstein-2 loss and its gradient', async () => {
      const style = momentsOf(input('S', [1, 4, 'height', 'width']));
      const { root } = squareRoots(covariance(style));
      const target = await (await engine.compile({ outputs: { root, mean: style.mean } })).run({ S });
      const loss = wassersteinDistance(momentsOf(features), {
        root: input('root', [4, 4]),
        mean: input('mean', [4, 1]),
      });
      const { of, gradient } = await run(loss, target as never);
      const expected = read();
      expect(of!.data[0]! / expected.w2_loss).toBeCloseTo(1, 4);
      expectAgreement(gradient!.data, expected.w2_grad.flat(2));
    });

    it('total variation and its gradient', async () => {
      const image = input('X', [1, 3, 'height', 'width']);
      const of = variationOf(image);
      const program = await engine.compile({
        outputs: { of },
        gradient: { of, by: { gradient: image } },
      });
      const result = await program.run({ X: { data: sequence(3 * 6 * 7, 7), shape: [1, 3, 6, 7] } });
      const expected = read();
      expect(result.of!.data[0]! / expected.tv9).toBeCloseTo(1, 4);
      expectAgreement(result.gradient!.data, expected.tv9_grad_fd.flat(2));
    });

    it('content loss', async () => {
      const { of } = await run(contentDistance(features, input('P', [1, 4, 'height', 'width'])), { P });
      expect(of!.data[0]! / read().content_mse).toBeCloseTo(1, 4);
    });
  },
);
