/** The recipes: what is optimised, in which steps, to make a picture. */
import { toRaster } from '../image/planes.js';
import { heldAtEnd } from '../image/sequence.js';
import type { PreparedRun } from '../prepared-run.js';
import type { Checkpoint } from '../renderer.js';
import type { NetworkName } from '../requests.js';
import { dream } from './dream.js';
import { instant } from './instant.js';
import type { Outcome, PaintContext, RunContext, Step } from './run-context.js';
import { sheet } from './sheet.js';
import { style } from './style.js';
import { teach } from './teach.js';
import { visualise } from './visualise.js';

/** What the recipes need. Each loads only the weights that it uses. */
export interface RecipeContext {
  /** With the weights of the run's network. */
  run(of: { readonly network: NetworkName }): Promise<RunContext>;
  /** With the weights of swift. */
  paint(): Promise<PaintContext>;
  /** Where an earlier run was, if this one continues it. */
  readonly checkpoint: Checkpoint | undefined;
}

/** Carries out a prepared run. Yields after every step; `return()` stops the run and disposes of what it compiled. */
export async function* runRecipe(context: RecipeContext, run: PreparedRun): AsyncGenerator<Step, Outcome> {
  switch (run.kind) {
    case 'instant':
      return yield* instant(await context.paint(), run);
    case 'sheet':
      return { image: yield* sheet(await context.paint(), run) };
    case 'style':
      return { image: yield* style(await context.run(run), run, () => context.paint()) };
    case 'teach':
      return yield* teach(await context.run(run), await context.paint(), run, context.checkpoint);
    case 'visualise':
      return { image: yield* visualise(await context.run(run), run) };
    case 'dream': {
      const pictures = yield* dream(await context.run(run), run);
      return {
        image: pictures.at(-1)!,
        ...(run.zoom ? { animation: heldAtEnd(pictures.map(toRaster)) } : {}),
      };
    }
  }
}
