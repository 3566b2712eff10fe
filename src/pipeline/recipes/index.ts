/** The recipes: what is optimised, in which steps, to make a picture. */
import type { PreparedRun } from '../prepared-run.js';
import { dream } from './dream.js';
import type { Outcome, RunContext } from './run-context.js';
import { style } from './style.js';
import { visualise } from './visualise.js';

/** Carries a prepared run out. */
export async function runRecipe(context: RunContext, run: PreparedRun): Promise<Outcome> {
  switch (run.kind) {
    case 'style':
      return { image: await style(context, run) };
    case 'visualise':
      return { image: await visualise(context, run) };
    case 'dream': {
      const pictures = await dream(context, run);
      return { image: pictures.at(-1)!, ...(run.zoom ? { animation: pictures } : {}) };
    }
  }
}
