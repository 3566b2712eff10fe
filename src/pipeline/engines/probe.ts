/** Measures how fast an engine is on this machine: a driver may emulate a GPU in software, thirty times slower than the CPU. */
import { add, constant, convolution, gram, input, mean, multiply, relu } from '../graph/graph.js';
import type { Engine, Executable } from './engine.js';

const SIDE = 128;
const CHANNELS = 64;
const PROBE_STEPS = 3;
/** Multiply-adds of the convolutions per pixel and step, forward and backward. */
const MULTIPLY_ADDS = 2 * 9 * (3 * CHANNELS + CHANNELS * CHANNELS);
/** In shorter steps the fixed overhead dominates, especially on an accelerator. */
const RELIABLE_SECONDS = 0.05;
const SIDE_MAX = 1024;

/** Seconds per step of a small style transfer. */
export async function probe(engine: Engine): Promise<number> {
  const program = await compile(engine);
  try {
    return await fastestStep(program, SIDE);
  } finally {
    await program.dispose();
  }
}

/** Multiply-adds per second, measured on pictures that grow until a step takes long enough to be measured reliably. */
export async function multiplyAddsPerSecond(engine: Engine): Promise<number> {
  const program = await compile(engine);
  try {
    let highest = 0;
    for (let side = SIDE, seconds = 0; seconds < RELIABLE_SECONDS && side <= SIDE_MAX; side *= 2) {
      seconds = await fastestStep(program, side);
      highest = Math.max(highest, (MULTIPLY_ADDS * side * side) / seconds);
    }
    return highest;
  } finally {
    await program.dispose();
  }
}

function compile(engine: Engine): Promise<Executable> {
  const weights = (out: number, into: number) =>
    constant(
      Float32Array.from({ length: out * into * 9 }, (_, i) => Math.sin(i) / into),
      [out, into, 3, 3],
    );
  const bias = constant(new Float32Array(CHANNELS), [CHANNELS]);
  const image = input('image', [1, 3, 'height', 'width']);
  const first = relu(convolution(image, weights(CHANNELS, 3), bias));
  const features = relu(convolution(first, weights(CHANNELS, CHANNELS), bias));
  const style = gram(features);
  const loss = add(mean(multiply(style, style)), mean(features));
  return engine.compile({
    outputs: { loss },
    gradient: { of: loss, by: { gradient: image } },
  });
}

/** The shortest of a few steps after one warm-up step, in seconds. */
async function fastestStep(program: Executable, side: number): Promise<number> {
  const data = Float32Array.from({ length: 3 * side * side }, (_, i) => Math.cos(i));
  let best = Infinity;
  for (let step = 0; step <= PROBE_STEPS; step++) {
    const begun = performance.now();
    await program.run({ image: { data, shape: [1, 3, side, side] } });
    if (step > 0) best = Math.min(best, (performance.now() - begun) / 1000);
  }
  return best;
}
