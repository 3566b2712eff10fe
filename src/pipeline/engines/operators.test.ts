import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../../test/engines.js';
import { expectAgreement, sequence } from '../../../test/fixtures.js';
import { BROADCAST, CHANNELS, OPERATORS } from '../../../test/operators.js';
import { ofOperands } from '../../../test/small-programs.js';
import {
  add,
  averagePool,
  clamp,
  cropLike,
  input,
  instanceNorm,
  log,
  multiply,
  reflectionPad,
  relu,
  sigmoid,
  sum,
  upsampleNearest,
  type Tensor,
} from '../graph/graph.js';
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
  [
    'onnx without indices',
    createOnnxEngine('cpu', { poolIndices: false, winograd: false, fillsChannels: true }),
  ] as const,
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

  for (const [name, operands] of Object.entries(BROADCAST))
    it(`${name}, by every input in one program`, async () => {
      const { program: whole, inputs } = ofOperands(operands);
      const program = await engine.compile(whole);
      for (const variable of Object.keys(inputs))
        await expectDerivative(program, inputs, variable, `by ${variable}`);
      await program.dispose();
    });
});

interface Expected {
  readonly shape: readonly number[];
  readonly y: readonly number[];
  readonly x: readonly number[];
  readonly scale?: readonly number[];
  readonly shift?: readonly number[];
}

/** What PyTorch 2.13 computes with x = sequence(24, 5), scale = sequence(2, 6), shift = sequence(2, 7), dy = sequence(…, 8). */
const torch = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/torch-operators.json', import.meta.url), 'utf8'),
) as Record<string, Expected>;

const AGAINST_TORCH: Readonly<Record<string, (x: Tensor, factor: Tensor, shift: Tensor) => Tensor>> = {
  instanceNorm: (x, factor, shift) => instanceNorm(x, factor, shift),
  reflectionPad: (x) => reflectionPad(x, 2),
  upsampleNearest: (x) => upsampleNearest(x, 2),
  sigmoid,
  log,
  clamp: (x) => clamp(x, -0.5, 0.25),
};

describe.each(ENGINES)('values and gradients against PyTorch on %s', (_, engine) => {
  it.each(Object.entries(AGAINST_TORCH))('%s', async (name, build) => {
    const wanted = torch[name]!;
    const shape = [1, 2, 'height', 'width'];
    const [x, factor, shift] = [
      input('x', shape),
      input('scale', [1, 2, 1, 1]),
      input('shift', [1, 2, 1, 1]),
    ];
    const y = build(x, factor, shift);
    const of = sum(multiply(y, input('dy', y.shape)));
    const variables = wanted.scale ? { x, scale: factor, shift } : { x };
    const by = Object.fromEntries(Object.entries(variables).map(([key, t]) => [`by ${key}`, t]));
    const program = await engine.compile({ outputs: { y }, gradient: { of, by } });
    const range = name === 'log' ? ([0.5, 3] as const) : ([-1, 1] as const);
    const found = await program.run({
      x: { data: sequence(24, 5, ...range), shape: [1, 2, 3, 4] },
      scale: picture([1, 2, 1, 1], 6),
      shift: picture([1, 2, 1, 1], 7),
      dy: picture(wanted.shape, 8),
    });
    expect(found.y!.shape).toEqual(wanted.shape);
    expectAgreement(found.y!.data, wanted.y);
    for (const key of Object.keys(variables) as (keyof typeof variables)[])
      expectAgreement(found[`by ${key}`]!.data, wanted[key]!);
    await program.dispose();
  });

  it('the gradient of clamp passes at its limits and stops beyond them', async () => {
    const x = input('x', [4]);
    const y = clamp(x, -1, 0.5);
    const program = await engine.compile({ outputs: { y }, gradient: { of: sum(y), by: { gradient: x } } });
    const { y: value, gradient } = await program.run({
      x: { data: new Float32Array([-1.5, -1, 0.5, 0.75]), shape: [4] },
    });
    expect([...value!.data]).toEqual([-1, -1, 0.5, 0.5]);
    expect([...gradient!.data]).toEqual([0, 1, 1, 0]);
    await program.dispose();
  });
});

it.each(ENGINES)('%s fails where a picture is smaller than what it is cropped to', async (_, engine) => {
  const [x, like] = [input('x', [1, 1, 'height', 'width']), input('like', [1, 1, 'rows', 'columns'])];
  const program = await engine.compile({ outputs: { y: add(cropLike(x, like), like) } });
  const inputs = { x: picture([1, 1, 3, 3], 1), like: picture([1, 1, 4, 4], 1) };
  await expect(program.run(inputs)).rejects.toMatchObject({ code: 'render-failed' });
  await program.dispose();
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
