/** An engine for a single run: it stops when the run is aborted, and releases what the run leaves behind. */
import { setImmediate } from 'node:timers/promises';
import type { Engine, Executable } from './engine.js';

export interface ScopedEngine extends Engine {
  /** Disposes of every program that the run has not disposed of itself, wherever it was when it ended. */
  release(): Promise<void>;
}

/** @param before is called before each program is compiled or run; what it throws goes to whoever asked for that */
export function scopedEngine(engine: Engine, before: () => void): ScopedEngine {
  const open = new Set<Executable>();
  const enter = async (): Promise<void> => {
    // An abort comes from outside, and some engines go on for thousands of calls without a turn of the event loop.
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
      // A device that is lost may refuse even this; the run's own error says more.
      await Promise.allSettled([...open].map((executable) => executable.dispose()));
    },
  };
}
