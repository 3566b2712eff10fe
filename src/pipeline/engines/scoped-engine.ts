/** An engine for a single run: it stops when the run is aborted, and disposes of the programs that the run leaves open. */
import { setImmediate } from 'node:timers/promises';
import type { Engine, Executable } from './engine.js';

export interface ScopedEngine extends Engine {
  /** Disposes of every program that the run has not disposed of itself, however the run ended. */
  release(): Promise<void>;
}

/** @param before called before each program is compiled or run, which then fails with what it throws */
export function scopedEngine(engine: Engine, before: () => void): ScopedEngine {
  const open = new Set<Executable>();
  const enter = async (): Promise<void> => {
    // Some engines resolve thousands of calls without returning to the event loop, which delivers the abort.
    await setImmediate();
    before();
  };
  return {
    ...engine,
    async compile(program) {
      await enter();
      const compiled = await engine.compile(program);
      const executable: Executable = {
        async run(inputs) {
          await enter();
          return compiled.run(inputs);
        },
        async dispose() {
          if (open.delete(executable)) await compiled.dispose();
        },
      };
      open.add(executable);
      return executable;
    },
    async release() {
      // This too can fail if the device is lost; the run's own error is more informative.
      await Promise.allSettled([...open].map((executable) => executable.dispose()));
    },
  };
}
