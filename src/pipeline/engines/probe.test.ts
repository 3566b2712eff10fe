import { expect, it } from 'vitest';
import { createRenderer } from '../runtime/local.js';
import type { Engine } from './engine.js';
import { createOnnxEngine } from './onnx/onnx.js';
import { multiplyAddsPerSecond } from './probe.js';

/** An engine that computes nothing and records the sizes of its input pictures. */
function idle(): { engine: Engine; sides: Set<number> } {
  const sides = new Set<number>();
  const engine: Engine = {
    ...{ name: 'idle', device: 'webgpu', reason: 'a test' },
    compile: () =>
      Promise.resolve({
        run(inputs) {
          sides.add(inputs.image!.shape[2]!);
          return Promise.resolve({});
        },
        dispose: () => Promise.resolve(),
      }),
  };
  return { engine, sides };
}

it('measures the CPU as faster than a slow phone and slower than a large server', async () => {
  const speed = await multiplyAddsPerSecond(createOnnxEngine());
  expect(speed).toBeGreaterThan(1e8);
  expect(speed).toBeLessThan(1e13);
});

it('uses larger pictures if a step is too short to measure, up to a limit', async () => {
  const { engine, sides } = idle();
  await multiplyAddsPerSecond(engine);
  expect([...sides]).toEqual([128, 256, 512, 1024]);
});

it('runs once per renderer, and the speed is left out if the engine fails', async () => {
  let compiled = 0;
  const engine: Engine = {
    ...idle().engine,
    compile() {
      compiled += 1;
      return Promise.reject(new Error('no device'));
    },
  };
  const renderer = createRenderer({}, () => Promise.resolve(engine));
  for (let i = 0; i < 2; i++)
    expect(await renderer.capabilities()).not.toHaveProperty('multiplyAddsPerSecond');
  expect(compiled).toBe(1);
});
