/** Which engine runs on which device: what the operator asks for, or the fastest one that is there. */
import { accessSync, constants } from 'node:fs';
import { platform } from 'node:os';
import { listSupportedBackends } from 'onnxruntime-node';
import { ReverieError } from '../../errors.js';
import type { DeviceName, EngineName } from '../contract.js';
import { add, constant, convolution, gram, input, mean, multiply, relu } from '../graph/graph.js';
import type { Engine } from './engine.js';
import { createOnnxEngine } from './onnx.js';

export interface EngineChoice {
  readonly engine?: 'auto' | EngineName;
  readonly device?: 'auto' | DeviceName;
}

/**
 * A device that was named is taken, or refused with the reason. Among several, a short probe decides: a graphics
 * driver may be there and compute in software, thirty times slower than the processor.
 * @throws ReverieError `invalid-configuration` where the device that was asked for does not work
 */
export async function chooseEngine({ device = 'auto' }: EngineChoice = {}): Promise<Engine> {
  if (device === 'cpu') return createOnnxEngine();
  if (device !== 'auto') {
    const engine = createOnnxEngine(device);
    await probe(engine).catch((cause: unknown) => {
      throw new ReverieError(
        'invalid-configuration',
        `DEVICE=${device} does not work on this machine; auto takes the best one that does.`,
        { cause },
      );
    });
    return engine;
  }
  const cpu = createOnnxEngine();
  const others = candidates();
  if (others.length === 0) return cpu;
  const onCpu = await probe(cpu);
  for (const name of others) {
    const engine = createOnnxEngine(name);
    const seconds = await probe(engine).catch(() => Infinity);
    if (seconds < onCpu)
      return { ...engine, reason: `${engine.reason}: ${(onCpu / seconds).toFixed(1)} times the CPU's speed` };
  }
  return { ...cpu, reason: `${cpu.reason}; ${others.join(' and ')} did not work or were slower` };
}

const GRAPHICS = ['/dev/dri', '/dev/dxg', '/dev/nvidia0'];

const exists = (file: string): boolean => {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
};

/** Devices that ONNX Runtime was built for and that may be here, the usually fastest first. */
function candidates(): DeviceName[] {
  if (platform() === 'linux' && !GRAPHICS.some(exists)) return [];
  const built = new Set(listSupportedBackends().map(({ name }) => name));
  return (['cuda', 'coreml', 'dml', 'webgpu'] as const).filter((name) => built.has(name));
}

const SIDE = 128;
const CHANNELS = 64;
const PROBE_STEPS = 3;

/** Seconds of a step of a small style transfer, the best of a few after one that warms up. */
async function probe(engine: Engine): Promise<number> {
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
