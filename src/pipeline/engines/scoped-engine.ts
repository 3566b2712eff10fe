/** An engine for a single run: it stops when the run is aborted, and disposes of the programs that the run leaves open. */
import { setImmediate } from 'node:timers/promises';
import type { Program } from '../graph/graph.js';
import type { Engine, Executable } from './engine.js';

export interface ScopedEngine extends Engine {
  /**
   * A program that stays compiled for later runs on this engine.
   * @param key the same for equal programs only
   */
  compileOnce(key: string, program: () => Program): Promise<Executable>;
  /** Disposes of every program that the run has not disposed of itself, however the run ended. */
  release(): Promise<void>;
}

/** The programs that stay compiled, of every engine. */
const kept = new WeakMap<Engine, Map<string, Promise<Executable>>>();

/** Disposes of the programs that stay compiled, when an engine is no longer used. Never throws. */
export async function disposeKept(engine: Engine): Promise<void> {
  const programs = [...(kept.get(engine)?.values() ?? [])];
  kept.delete(engine);
  await Promise.allSettled(programs.map(async (program) => (await program).dispose()));
}

/** @param before called before each program is compiled or run, which then fails with what it throws */
export function scopedEngine(engine: Engine, before: () => void): ScopedEngine {
  const open = new Set<Executable>();
  const enter = async (): Promise<void> => {
    // Some engines resolve thousands of calls without returning to the event loop, which delivers the abort.
    await setImmediate();
    before();
  };
  const entered = (compiled: Executable, dispose: () => Promise<void>): Executable => ({
    async run(inputs) {
      await enter();
      return compiled.run(inputs);
    },
    dispose,
  });
  return {
    ...engine,
    async compile(program) {
      await enter();
      const compiled = await engine.compile(program);
      const executable = entered(compiled, async () => {
        if (open.delete(executable)) await compiled.dispose();
      });
      open.add(executable);
      return executable;
    },
    async compileOnce(key, program) {
      await enter();
      const programs = kept.get(engine) ?? new Map<string, Promise<Executable>>();
      kept.set(engine, programs);
      const known = programs.get(key) ?? engine.compile(program());
      programs.set(key, known);
      const compiled = await known.catch((thrown: unknown) => {
        programs.delete(key);
        throw thrown;
      });
      return entered(compiled, () => Promise.resolve());
    },
    async release() {
      // This too can fail if the device is lost; the run's own error is more informative.
      await Promise.allSettled([...open].map((executable) => executable.dispose()));
    },
  };
}
