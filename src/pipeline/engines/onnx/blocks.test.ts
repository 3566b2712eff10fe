/** Convolutions that are computed in blocks of outputs, against a second engine that convolves directly. */
import { afterAll, describe, expect, it } from 'vitest';
import { onnx, tensorflow } from '../../../../test/engines.js';
import { expectAgreement, sequence } from '../../../../test/fixtures.js';
import {
  constant,
  convolution,
  input,
  reflectionPad,
  topologicalOrder,
  upsampleNearest,
  type Tensor,
} from '../../graph/graph.js';
import { Emitter } from './emit.js';

const convolved = (x: Tensor, out: number, side: readonly [number, number], pad: number): Tensor => {
  const into = x.shape[1] as number;
  const kernel = constant(sequence(out * into * side[0] * side[1], 3, -0.1, 0.1), [out, into, ...side]);
  return convolution(x, kernel, constant(sequence(out, 4, -1, 1), [out]), 1, pad);
};

const PROGRAMS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  'of a doubled picture': (x) => convolved(reflectionPad(upsampleNearest(x, 2), 1), 5, [3, 3], 0),
  'with few outputs': (x) => convolved(x, 3, [5, 7], 3),
  'with few outputs, over a reflected margin': (x) => convolved(reflectionPad(x, 1), 2, [5, 5], 1),
};

describe.each(Object.entries(PROGRAMS))('a convolution %s', (_, build) => {
  const y = build(input('x', [1, 16, 'height', 'width']));
  const made = Promise.all([onnx, tensorflow].map((engine) => engine.compile({ outputs: { y } })));
  afterAll(async () => Promise.all((await made).map((executable) => executable.dispose())));

  it('is computed in blocks', () => {
    const emitter = new Emitter({ poolIndices: true, winograd: false, fillsChannels: true });
    for (const tensor of topologicalOrder([y])) emitter.names.set(tensor, emitter.emit(tensor));
    expect(emitter.nodes.map(({ type }) => type)).toContain('DepthToSpace');
  });

  it.each([
    [2, 3],
    [4, 6],
    [7, 8],
  ])('over %d×%d', async (height, width) => {
    const x = { data: sequence(16 * height * width, 1, -1, 1), shape: [1, 16, height, width] };
    const [ours, theirs] = await Promise.all((await made).map((executable) => executable.run({ x })));
    expect(ours!.y!.shape).toEqual(theirs!.y!.shape);
    expectAgreement(ours!.y!.data, [...theirs!.y!.data]);
  });
});
