/** The builds of TensorFlow.js that an operator may have installed. */
import { createRequire } from 'node:module';
import util from 'node:util';
import type { TensorFlow } from './operators.js';

/** The CUDA build comes first. On a machine without CUDA it silently runs on the CPU. */
const BUILDS = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

export interface TensorFlowBuild {
  readonly tf: TensorFlow;
  readonly name: (typeof BUILDS)[number];
  readonly version: string;
  readonly usesGpu: boolean;
}

/** A member of tfjs-node's backend that the common interface does not declare. */
interface NodeBackend {
  readonly isUsingGpuDevice?: boolean;
}

const require = createRequire(import.meta.url);

const isMissing = (thrown: unknown, name: string): boolean =>
  thrown instanceof Error &&
  'code' in thrown &&
  thrown.code === 'MODULE_NOT_FOUND' &&
  thrown.message.includes(`'${name}'`);

/** Node 23 removed a function that the latest release of TensorFlow.js still calls (tensorflow/tfjs#8425). */
function restoreIsNullOrUndefined(): void {
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

/**
 * @returns undefined if no build is installed
 * @throws Error if a build is installed but cannot be loaded
 */
export function loadTensorFlow(): TensorFlowBuild | undefined {
  restoreIsNullOrUndefined();
  // Hides the native library's informational messages; warnings and errors are still shown.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  for (const name of BUILDS) {
    try {
      const tf = require(name) as TensorFlow;
      const { isUsingGpuDevice } = tf.backend() as NodeBackend;
      return { tf, name, version: tf.version_core, usesGpu: isUsingGpuDevice === true };
    } catch (thrown) {
      if (!isMissing(thrown, name)) throw thrown;
    }
  }
  return undefined;
}
