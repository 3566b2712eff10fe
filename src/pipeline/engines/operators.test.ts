import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/engines.js';
import { sequence } from '../../../test/fixtures.js';
import {
  add,
  averagePool,
  concatenate,
  constant,
  convolution,
  crop,
  gram,
  input,
  lrn,
  matmul,
  maxPool,
  mean,
  multiply,
  positionMean,
  power,
  relu,
  replicate,
  scale,
  subtract,
  sum,
  transpose,
  type Tensor,
} from '../graph/graph.js';

const CHANNELS = 3;

const kernel = (out: number, into: number, k: number): Tensor =>
  constant(sequence(out * into * k * k, 7, -0.5, 0.5), [out, into, k, k]);
const bias = (out: number): Tensor => constant(sequence(out, 9, -0.1, 0.1), [out]);

/** Half the sum of squares keeps every element's gradient different. */
const energy = (x: Tensor): Tensor => scale(sum(multiply(x, x)), 0.5);

const OPERATORS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  'convolution 3×3': (x) => energy(convolution(x, kernel(4, CHANNELS, 3), bias(4))),
  'convolution 5×5 then relu': (x) => energy(relu(convolution(x, kernel(4, CHANNELS, 5), bias(4)))),
  'convolution 7×7, stride 2': (x) => energy(convolution(x, kernel(4, CHANNELS, 7), bias(4), 2)),
  'convolution 3×3, stride 2, no padding': (x) =>
    energy(convolution(x, kernel(4, CHANNELS, 3), bias(4), 2, 0)),
  'overlapping max pool': (x) => energy(maxPool(x, { kernel: 3, stride: 2, pad: 0 }, 'ceil')),
  'overlapping max pool, rounded down': (x) => energy(maxPool(x, { kernel: 3, stride: 2, pad: 0 }, 'floor')),
  'max pool, stride 1': (x) => energy(maxPool(x, { kernel: 3, stride: 1, pad: 1 }, 'ceil')),
  'average pool': (x) => energy(averagePool(x, { kernel: 2, stride: 2, pad: 0 })),
  'average pool over the inside': (x) => energy(averagePool(x, { kernel: 3, stride: 1, pad: 1 })),
  'convolution 1×5': (x) =>
    energy(convolution(x, constant(sequence(4 * CHANNELS * 5, 7, -0.5, 0.5), [4, CHANNELS, 1, 5]), bias(4))),
  power: (x) => sum(power(add(multiply(x, x), constant(new Float32Array([0.5]), [])), -0.5)),
  crop: (x) => energy(crop(x, { top: 1, left: 2, bottom: 0, right: 1 })),
  'crop on all sides': (x) => energy(crop(x, { top: 2, left: 2, bottom: 2, right: 2 })),
  'replicated margin': (x) => energy(replicate(x)),
  'channel means': (x) => mean(multiply(positionMean(x), positionMean(x))),
  'matrix product': (x) => sum(matmul(transpose(gram(x)), matmul(gram(x), positionMean(x)))),
  'stretched factor': (x) => energy(multiply(constant(new Float32Array([1, -2, 3]), [1, 3, 1, 1]), x)),
  'local response normalisation': (x) => energy(lrn(x, { size: 5, alpha: 0.7, beta: 0.75, bias: 1 })),
  concatenation: (x) => energy(concatenate([relu(x), scale(x, 2)])),
  'gram matrix': (x) => mean(multiply(gram(x), gram(x))),
  'sums and differences': (x) => mean(multiply(subtract(x, scale(x, 0.25)), add(x, x))),
};

describe.each(ENGINES)('gradients against central differences on %s', (_, engine) => {
  for (const [name, build] of Object.entries(OPERATORS))
    for (const [height, width] of [
      [8, 8],
      [9, 7],
    ] as const)
      it(`${name} at ${width}×${height}`, async () => {
        const x = input('image', [1, CHANNELS, 'height', 'width']);
        const of = build(x);
        const program = await engine.compile({ outputs: { of }, gradient: { name: 'gradient', of, by: x } });
        const data = sequence(CHANNELS * height * width, 3, -1, 1);
        const shape = [1, CHANNELS, height, width];
        const { gradient } = await program.run({ image: { data, shape } });
        expect(gradient!.shape).toEqual(shape);
        const at = async (i: number, step: number): Promise<number> => {
          const moved = data.slice();
          moved[i]! += step;
          return (await program.run({ image: { data: moved, shape } })).of!.data[0]!;
        };
        const h = 4e-3;
        const norm = Math.max(...gradient!.data.map(Math.abs));
        for (let i = 0; i < data.length; i += 11) {
          const expected = ((await at(i, h)) - (await at(i, -h))) / (2 * h);
          expect(Math.abs(gradient!.data[i]! - expected) / norm).toBeLessThan(0.012);
        }
        await program.dispose();
      });
});

it.each(ENGINES)('%s runs one program at every size', async (_, engine) => {
  const x = input('image', [1, CHANNELS, 'height', 'width']);
  const program = await engine.compile({ outputs: { y: averagePool(x, { kernel: 2, stride: 2, pad: 0 }) } });
  for (const [height, width] of [
    [4, 6],
    [10, 2],
  ] as const) {
    const data = new Float32Array(CHANNELS * height * width).fill(2);
    const { y } = await program.run({ image: { data, shape: [1, CHANNELS, height, width] } });
    expect(y).toEqual({
      shape: [1, CHANNELS, height / 2, width / 2],
      data: new Float32Array((CHANNELS * height * width) / 4).fill(2),
    });
  }
});

it.each(ENGINES)('%s names an input that is missing', async (_, engine) => {
  const program = await engine.compile({ outputs: { y: relu(input('image', [1, 3, 'height', 'width'])) } });
  await expect(program.run({})).rejects.toThrow("'image'");
});
