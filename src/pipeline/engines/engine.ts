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
  readonly device: string;
  /** Why this device was taken. */
  readonly reason: string;
  compile(program: Program): Promise<Executable>;
}

export const scalar = (value: number): Values => ({ data: new Float32Array([value]), shape: [] });
