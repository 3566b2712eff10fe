/** The builds of TensorFlow.js that an operator may have installed. */
import { createRequire } from 'node:module';
import util from 'node:util';
import type { TensorFlow } from './operators.js';

/** The one with CUDA first; on a machine without, it computes on the processor and says nothing of it. */
const BUILDS = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

export interface TensorFlowBuild {
  readonly tf: TensorFlow;
  readonly name: (typeof BUILDS)[number];
  readonly version: string;
  readonly seesGpu: boolean;
}

/** What is known of the backend of tfjs-node beyond the common interface. */
interface NodeBackend {
  readonly isUsingGpuDevice?: boolean;
}

const require = createRequire(import.meta.url);

const isMissing = (thrown: unknown, name: string): boolean =>
  thrown instanceof Error &&
  'code' in thrown &&
  thrown.code === 'MODULE_NOT_FOUND' &&
  thrown.message.includes(`'${name}'`);

/** Node 23 dropped a function that the last release still calls (tensorflow/tfjs#8425). */
function giveBackIsNullOrUndefined(): void {
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

/**
 * @returns undefined where none is installed
 * @throws Error where one is installed and does not load
 */
export function loadTensorFlow(): TensorFlowBuild | undefined {
  giveBackIsNullOrUndefined();
  // The native library's chatter; warnings and errors stay.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  for (const name of BUILDS) {
    try {
      const tf = require(name) as TensorFlow;
      const { isUsingGpuDevice } = tf.backend() as NodeBackend;
      return { tf, name, version: tf.version_core, seesGpu: isUsingGpuDevice === true };
    } catch (thrown) {
      if (!isMissing(thrown, name)) throw thrown;
    }
  }
  return undefined;
}
