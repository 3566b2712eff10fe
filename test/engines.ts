/** The engines that programs are tested on. */
import { createRequire } from 'node:module';

import type { Engine } from '../src/pipeline/engines/engine.js';
import { createOnnxEngine } from '../src/pipeline/engines/onnx/onnx.js';
import type { TensorFlow } from '../src/pipeline/engines/tensorflow/operators.js';
import { createTensorFlowEngine } from '../src/pipeline/engines/tensorflow/tensorflow.js';

export const onnx = createOnnxEngine();

/** TensorFlow.js' plain CPU backend, or the build that REVERIE_TFJS names, such as @tensorflow/tfjs-node. */
async function openTensorFlow(): Promise<Engine> {
  const build = process.env.REVERIE_TFJS;
  if (build) return createTensorFlowEngine(createRequire(import.meta.url)(build) as TensorFlow, 'cpu', build);
  const core = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
  await import('@tensorflow/tfjs-backend-cpu');
  await core.setBackend('cpu');
  return createTensorFlowEngine(core, 'cpu', 'plain TensorFlow.js');
}

export const tensorflow = await openTensorFlow();

export const ENGINES: readonly (readonly [name: string, engine: Engine])[] = [
  ['onnx', onnx],
  ['tensorflow', tensorflow],
];
