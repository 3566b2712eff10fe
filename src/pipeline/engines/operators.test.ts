import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/engines.js';
import { sequence } from '../../../test/fixtures.js';
import { CHANNELS, OPERATORS } from '../../../test/operators.js';
import { averagePool, input, relu } from '../graph/graph.js';
import { createOnnxEngine } from './onnx/onnx.js';

describe.each([
  ...ENGINES,
  ['onnx without indices', createOnnxEngine('cpu', { poolIndices: false, winograd: false })] as const,
])('gradients against central differences on %s', (_, engine) => {
  for (const [name, build] of Object.entries(OPERATORS))
    for (const [height, width] of [
      [8, 8],
      [9, 7],
      // A single row gets the gradients of both margins.
      ...(name === 'replicated margin' ? ([[1, 5]] as const) : []),
    ] as const)
      it(`${name} at ${width}×${height}`, async () => {
        const x = input('image', [1, CHANNELS, 'height', 'width']);
        const of = build(x);
        const program = await engine.compile({
          outputs: { of },
          gradient: { of, by: { gradient: x } },
        });
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

it.each(ENGINES)('%s names a missing input in the error', async (_, engine) => {
  const program = await engine.compile({ outputs: { y: relu(input('image', [1, 3, 'height', 'width'])) } });
  await expect(program.run({})).rejects.toThrow("'image'");
});
