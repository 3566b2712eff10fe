import { ReverieError } from '../../errors.js';
import type { DeviceName } from '../requests.js';
import type { Program } from '../graph/graph.js';

/** The values of a tensor and its shape. A scalar has the shape []. */
export interface Values {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export type Bindings = Readonly<Record<string, Values>>;

/** A compiled program. */
export interface Executable {
  /** Takes every input of the program by name, and returns its outputs and gradients by name. */
  run(inputs: Bindings): Promise<Record<string, Values>>;
  dispose(): Promise<void>;
}

/** Runs tensor programs on a device. */
export interface Engine {
  readonly name: string;
  readonly device: DeviceName;
  /** Why this device was chosen. */
  readonly reason: string;
  compile(program: Program): Promise<Executable>;
}

/** The value of a program's input. @throws Error if it is missing, which is a bug in the caller */
export function bound(inputs: Bindings, name: string): Values {
  const value = inputs[name];
  if (!value) throw new Error(`the input '${name}' is missing`);
  return value;
}

export const scalar = (value: number): Values => ({ data: new Float32Array([value]), shape: [] });

const OUT_OF_MEMORY = /memory|alloc|OOM|resource exhausted/i;

/**
 * Turns an error from an engine into one that can be shown to users.
 * @throws ReverieError `render-failed`, with the device as `details.device`; `details.reason` is `memory` if a smaller
 *   picture might work, otherwise `device`
 */
export const engineFailure =
  (device: DeviceName) =>
  (cause: unknown): never => {
    const text = cause instanceof Error ? cause.message : String(cause);
    const reason = OUT_OF_MEMORY.test(text) ? 'memory' : 'device';
    const sentence =
      reason === 'memory'
        ? 'That picture is too large for my memory. Try a smaller size.'
        : 'Something went wrong while I was painting. Please try again.';
    throw new ReverieError('render-failed', sentence, { cause, details: { device, reason } });
  };
