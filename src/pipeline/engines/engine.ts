import { ReverieError } from '../../errors.js';
import type { DeviceName } from '../requests.js';
import type { Program } from '../graph/graph.js';

/** Numbers with a shape; a scalar has the shape []. */
export interface Values {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export type Bindings = Readonly<Record<string, Values>>;

/** A compiled program. */
export interface Executable {
  /** Every input of the program by name; returns its outputs and its gradient by name. */
  run(inputs: Bindings): Promise<Record<string, Values>>;
  dispose(): Promise<void>;
}

/** Runs tensor programs on a device. */
export interface Engine {
  readonly name: string;
  readonly device: DeviceName;
  /** Why this device was taken. */
  readonly reason: string;
  compile(program: Program): Promise<Executable>;
}

/** The value of a program's input. @throws Error where it is missing: a fault of the program's user */
export function bound(inputs: Bindings, name: string): Values {
  const value = inputs[name];
  if (!value) throw new Error(`the input '${name}' is missing`);
  return value;
}

export const scalar = (value: number): Values => ({ data: new Float32Array([value]), shape: [] });

const OUT_OF_MEMORY = /memory|alloc|OOM|resource exhausted/i;

/**
 * Turns an error of an engine into one for people.
 * @throws ReverieError `render-failed`, with the device as `details.device` and, as `details.reason`, `memory` where a
 *   smaller picture would have worked, else `device`
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
