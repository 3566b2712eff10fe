/** `reverie styles teach`: teaches swift a style and stores what it has learnt beside the style. */
import type { NetworkName } from '../pipeline/requests.js';
import { createPresets } from '../styles/presets.js';
import { practicePictures } from '../styles/scenes/index.js';
import type { StyleLibrary } from '../styles/style-library.js';
import { given } from './options.js';
import { showProgress } from './progress.js';
import { createPipeline } from './run.js';

export interface TeachOptions {
  readonly network?: NetworkName;
  readonly steps?: number;
}

/** @throws ReverieError `unknown-preset`, and what the pipeline refuses */
export async function teach(
  library: StyleLibrary,
  name: string,
  { network, steps }: TeachOptions,
): Promise<void> {
  const style = await createPresets(library).png(name);
  const renderer = createPipeline();
  try {
    const request = { kind: 'teach' as const, style, contents: await practicePictures() };
    const prepared = await renderer.prepare({ ...request, ...given({ network, steps }) });
    const progress = showProgress(prepared.run.plan);
    const { taught, plan, trace } = await renderer
      .render(prepared, {
        onWarning(sentence) {
          console.error(sentence);
        },
        onFrame(frame) {
          progress.update(frame);
        },
      })
      .finally(() => {
        progress.stop();
      });
    await library.saveTaught(name, taught!);
    console.log(`${name}: taught, ${plan.network}, ${plan.steps} steps, ${trace.seconds.toFixed(1)} s`);
  } finally {
    await renderer.close();
  }
}
