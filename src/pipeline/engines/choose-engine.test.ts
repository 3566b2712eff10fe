import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { chooseEngine, type EngineChoice } from './choose-engine.js';

const refusal = (choice: EngineChoice, sentence: RegExp) =>
  expect(chooseEngine(choice)).rejects.toMatchObject({
    code: 'invalid-configuration',
    sentence: expect.stringMatching(sentence) as string,
  });

function installed(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
const hasTensorFlow = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'].some(installed);

describe('chooseEngine', () => {
  it('uses the named engine and device', async () => {
    const { name, device, reason } = await chooseEngine({ engine: 'onnx', device: 'cpu' });
    expect({ name, device }).toEqual({ name: 'onnx', device: 'cpu' });
    expect(reason).toMatch(/CPU, \d+ threads/);
  });

  it('refuses a device that this machine lacks', () =>
    refusal({ device: process.platform === 'win32' ? 'coreml' : 'dml' }, /^DEVICE=dml|coreml does not work/));

  it('refuses TensorFlow on a device that it does not support', () =>
    refusal({ engine: 'tensorflow', device: 'webgpu' }, /^ENGINE=tensorflow runs on cuda or cpu/));

  it.skipIf(hasTensorFlow)('names the packages that TensorFlow needs (skipped if it is installed)', () =>
    refusal({ engine: 'tensorflow' }, /needs @tensorflow\/tfjs-node-gpu or @tensorflow\/tfjs-node/),
  );

  it.runIf(hasTensorFlow)('uses TensorFlow if it is installed', async () => {
    expect(await chooseEngine({ engine: 'tensorflow', device: 'cpu' })).toMatchObject({
      name: 'tensorflow',
      device: 'cpu',
      reason: expect.stringContaining('@tensorflow/tfjs-node') as string,
    });
  });
});
