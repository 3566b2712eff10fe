/** How fast an engine is here: a driver may be there and compute in software, thirty times slower than the processor. */
import { add, constant, convolution, gram, input, mean, multiply, relu } from '../graph/graph.js';
import type { Engine } from './engine.js';

const SIDE = 128;
const CHANNELS = 64;
const PROBE_STEPS = 3;

/** Seconds of a step of a small style transfer, the best of a few after one that warms up. */
export async function probe(engine: Engine): Promise<number> {
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
  const program = await engine.compile({
    outputs: { loss },
    gradient: { name: 'gradient', of: loss, by: image },
  });
  try {
    const data = Float32Array.from({ length: 3 * SIDE * SIDE }, (_, i) => Math.cos(i));
    let best = Infinity;
    for (let step = 0; step <= PROBE_STEPS; step++) {
      const begun = performance.now();
      await program.run({ image: { data, shape: [1, 3, SIDE, SIDE] } });
      if (step > 0) best = Math.min(best, (performance.now() - begun) / 1000);
    }
    return best;
  } finally {
    await program.dispose();
  }
}
