import { engineFailure, type Engine } from '../src/pipeline/engines/engine.js';
import { createOnnxEngine } from '../src/pipeline/engines/onnx/onnx.js';

/** An engine on a graphics card that computes well for some calls, and fails from then on. */
export function failingDevice(calls: number, cause: string): Engine {
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
