import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/engines.js';
import { sequence } from '../../../test/fixtures.js';
import { BROADCAST, CHANNELS, OPERATORS } from '../../../test/operators.js';
import { sizeAt } from '../graph/dimensions.js';
import { averagePool, input, relu } from '../graph/graph.js';
import type { Bindings, Executable, Values } from './engine.js';
import { createOnnxEngine } from './onnx/onnx.js';

/** The smallest sizes of operators that treat margins. */
const SMALLEST: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  // A single row gets the gradients of both margins.
  'replicated margin': [[1, 5]],
  // As many rows and columns as are reflected, and the edge; both margins are folded to the same pixels.
  'reflected margin': [
    [3, 3],
    [4, 3],
  ],
};

const picture = (shape: readonly number[], seed: number): Values => ({
  data: sequence(
    shape.reduce((product, n) => product * n, 1),
    seed,
    -1,
    1,
  ),
  shape,
});

/** Compares the output `gradient` with central differences of the output `of`, at every eleventh element or at each of few. */
async function expectDerivative(
  program: Executable,
  inputs: Bindings,
  variable: string,
  gradient: string,
): Promise<void> {
  const { data, shape } = inputs[variable]!;
  const found = (await program.run(inputs))[gradient]!;
  expect(found.shape).toEqual(shape);
  const at = async (i: number, step: number): Promise<number> => {
    const moved = data.slice();
    moved[i]! += step;
    return (await program.run({ ...inputs, [variable]: { data: moved, shape } })).of!.data[0]!;
  };
  const h = 4e-3;
  const norm = Math.max(...found.data.map(Math.abs));
  for (let i = 0; i < data.length; i += data.length > 30 ? 11 : 1) {
    const expected = ((await at(i, h)) - (await at(i, -h))) / (2 * h);
    expect(Math.abs(found.data[i]! - expected) / norm).toBeLessThan(0.012);
  }
}

describe.each([
  ...ENGINES,
  ['onnx without indices', createOnnxEngine('cpu', { poolIndices: false, winograd: false })] as const,
])('gradients against central differences on %s', (_, engine) => {
  for (const [name, build] of Object.entries(OPERATORS))
    for (const [height, width] of [[8, 8], [9, 7], ...(SMALLEST[name] ?? [])] as const)
      it(`${name} at ${width}×${height}`, async () => {
        const x = input('image', [1, CHANNELS, 'height', 'width']);
        const of = build(x);
        const program = await engine.compile({
          outputs: { of },
          gradient: { of, by: { gradient: x } },
        });
        const inputs = { image: picture([1, CHANNELS, height, width], 3) };
        await expectDerivative(program, inputs, 'image', 'gradient');
        await program.dispose();
      });

  for (const [name, { shapes, build }] of Object.entries(BROADCAST))
    it(`${name}, by every input in one program`, async () => {
      const x = input('image', [1, CHANNELS, 'height', 'width']);
      const operands = Object.entries(shapes).map(([operand, shape]) => input(operand, shape));
      const of = build(x, operands);
      const inputs = {
        image: picture([1, CHANNELS, 6, 5], 3),
        ...Object.fromEntries(
          operands.map(({ shape, operation }, i) => {
            const sizes = shape.map((n) => sizeAt(n, { height: 6, width: 5 }));
            return [operation.name, picture(sizes, 20 + i)];
          }),
        ),
      };
      const by = Object.fromEntries([x, ...operands].map((t) => [`by ${t.operation.name}`, t]));
      const program = await engine.compile({ outputs: { of }, gradient: { of, by } });
      for (const variable of Object.keys(inputs))
        await expectDerivative(program, inputs, variable, `by ${variable}`);
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
