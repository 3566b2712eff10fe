/** The recipes: what is optimised, in which steps, to make a picture. */
import { toRaster } from '../image/planes.js';
import { heldAtEnd } from '../image/sequence.js';
import type { PreparedRun } from '../prepared-run.js';
import { dream } from './dream.js';
import type { Outcome, RunContext, Step } from './run-context.js';
import { style } from './style.js';
import { visualise } from './visualise.js';

/** Carries out a prepared run. Yields after every step; `return()` stops the run and disposes of what it compiled. */
export async function* runRecipe(context: RunContext, run: PreparedRun): AsyncGenerator<Step, Outcome> {
  switch (run.kind) {
    case 'style':
      return { image: yield* style(context, run) };
    case 'visualise':
      return { image: yield* visualise(context, run) };
    case 'dream': {
      const pictures = yield* dream(context, run);
      return {
        image: pictures.at(-1)!,
        ...(run.zoom ? { animation: heldAtEnd(pictures.map(toRaster)) } : {}),
      };
    }
  }
}
