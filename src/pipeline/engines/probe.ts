/** How fast an engine is here: a driver may be there and compute in software, thirty times slower than the processor. */
import { add, constant, convolution, gram, input, mean, multiply, relu } from '../graph/graph.js';
import type { Engine, Executable } from './engine.js';

const SIDE = 128;
const CHANNELS = 64;
const PROBE_STEPS = 3;
/** Of the convolutions, for each pixel of a step, forward and backward. */
const MULTIPLY_ADDS = 2 * 9 * (3 * CHANNELS + CHANNELS * CHANNELS);
/** A step that takes less measures what comes with every step, above all on an accelerator. */
const TELLING_SECONDS = 0.05;
const SIDE_MAX = 1024;

/** Seconds of a step of a small style transfer. */
export async function probe(engine: Engine): Promise<number> {
  const program = await compile(engine);
  try {
    return await fastestStep(program, SIDE);
  } finally {
    await program.dispose();
  }
}

/** How many multiply-adds the engine does in a second, by steps that grow until they take long enough to tell. */
export async function multiplyAddsPerSecond(engine: Engine): Promise<number> {
  const program = await compile(engine);
  try {
    let most = 0;
    for (let side = SIDE, seconds = 0; seconds < TELLING_SECONDS && side <= SIDE_MAX; side *= 2) {
      seconds = await fastestStep(program, side);
      most = Math.max(most, (MULTIPLY_ADDS * side * side) / seconds);
    }
    return most;
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

/** The best of a few after one that warms up, in seconds. */
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
