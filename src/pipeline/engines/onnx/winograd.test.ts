/** Convolutions of enough channels for Winograd's algorithm, against a second engine that convolves directly. */
import { afterAll, describe, expect, it } from 'vitest';
import { onnx, tensorflow } from '../../../../test/engines.js';
import { expectAgreement, sequence } from '../../../../test/fixtures.js';
import { constant, convolution, input, multiply, sum } from '../../graph/graph.js';
import type { Executable, Values } from '../engine.js';
import { Emitter } from './emit.js';

const [INTO, OUT] = [96, 160];

/** A convolution, and the gradient with respect to its input of a sum of its outputs with a different weight for each. */
function program(pad: number) {
  const x = input('x', [1, INTO, 'height', 'width']);
  const kernels = constant(sequence(OUT * INTO * 9, 3, -0.1, 0.1), [OUT, INTO, 3, 3]);
  const y = convolution(x, kernels, constant(sequence(OUT, 4, -1, 1), [OUT]), 1, pad);
  const weighed = sum(multiply(y, input('by', y.shape)));
  return { outputs: { y, weighed }, gradient: { of: weighed, by: { gradient: x } } };
}

const values = (channels: number, height: number, width: number, seed: number): Values => ({
  data: sequence(channels * height * width, seed, -1, 1),
  shape: [1, channels, height, width],
});

it('is used for a convolution of many channels', () => {
  const { outputs } = program(1);
  const emitter = new Emitter({ poolIndices: true, winograd: true, fillsChannels: true });
  const [x, kernels, bias] = outputs.y.inputs;
  for (const tensor of [x!, kernels!, bias!]) emitter.names.set(tensor, emitter.emit(tensor));
  emitter.emit(outputs.y);
  expect(emitter.nodes.map(({ type }) => type)).toContain('com.microsoft.FusedMatMul');
});

describe.each([0, 1, 2])('3×3 convolutions, padded by %d', (pad) => {
  const made: Promise<Executable[]> = Promise.all([onnx, tensorflow].map((e) => e.compile(program(pad))));
  afterAll(async () => Promise.all((await made).map((executable) => executable.dispose())));

  // Sides that are multiples of the tile size 4, leave remainders of 1, 2 and 3, or are smaller than a tile.
  it.each([
    [8, 12],
    [9, 7],
    [6, 11],
    [3, 5],
    [17, 4],
  ])('of maps of %d×%d', async (height, width) => {
    const inputs = {
      x: values(INTO, height, width, 1),
      by: values(OUT, height + 2 * pad - 2, width + 2 * pad - 2, 2),
    };
    const [ours, theirs] = await Promise.all((await made).map((executable) => executable.run(inputs)));
    for (const name of ['y', 'gradient']) {
      expect(ours![name]!.shape).toEqual(theirs![name]!.shape);
      expectAgreement(ours![name]!.data, [...theirs![name]!.data]);
    }
  });
});
