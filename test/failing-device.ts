import { engineFailure, type Engine } from '../src/pipeline/engines/engine.js';
import { createOnnxEngine } from '../src/pipeline/engines/onnx/onnx.js';

export interface FailingDevice {
  /** How many calls it answers before it fails. */
  readonly calls: number;
  /** What it fails with. */
  readonly cause: string;
}

/** An engine on a graphics card that works at first and then fails. */
export function failingDevice({ calls, cause }: FailingDevice): Engine {
  const sound = createOnnxEngine();
  let left = calls;
  return {
    ...sound,
    device: 'webgpu',
    reason: 'a test',
    async compile(program) {
      const executable = await sound.compile(program);
      return {
        run: (inputs) =>
          left-- > 0
            ? executable.run(inputs)
            : Promise.reject(new Error(cause)).catch(engineFailure('webgpu')),
        dispose: () => executable.dispose(),
      };
    },
  };
}
