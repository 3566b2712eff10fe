/** The part that all commands that make a picture share: outputs, progress and the record of the run. */
import path from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { ReverieError } from '../errors.js';
import { exitNow } from '../exit-now.js';
import type { Frame, Plan, Renderer, RenderResult } from '../pipeline/renderer.js';
import { type RenderRequest, type RenderRequestInput } from '../pipeline/requests.js';
import { animate, heldAtEnd } from '../pipeline/export/animation.js';
import { chart, chartSvg } from '../pipeline/export/chart.js';
import { strip, type Captioned } from '../pipeline/export/strip.js';
import { encodePng } from '../pipeline/image/encode.js';
import { createThreadedRenderer } from '../pipeline/runtime/worker-thread.js';
import { endingOf, given, named, number } from './options.js';
import { Pictures } from './pictures.js';
import { showProgress } from './progress.js';
import { makeFolder, save } from './save.js';

export interface Outputs {
  readonly out: string;
  readonly from?: string;
  readonly trace?: string;
  readonly frames?: string;
  readonly chart?: string;
  readonly strip?: string;
  readonly animation?: string;
}

const ANIMATION_MAX_BYTES = 25 * 2 ** 20;
const STRIP_PICTURES = 6;
const GROWTH_PICTURES = 24;

export function createPipeline(): Renderer {
  const { modelsDir, engine, device } = loadConfig();
  return createThreadedRenderer(
    { modelsDir, engine, device },
    {
      onHang(finding) {
        console.error(`Rendering hangs: ${finding}.`);
        exitNow(1);
      },
    },
  );
}

/** @param size what `--size` means */
export const withOutputs = (command: Command, size = 'longest side in pixels'): Command =>
  command
    .requiredOption('--out <png>', 'file to write the picture to', named('png'))
    .option('--size <pixels>', size, number)
    .option('--seed <n>', 'random seed', number)
    .option('--from <json>', 'repeat a run from its --trace record; other options override it')
    .option('--trace <json>', 'write a record of the run')
    .option('--frames <folder>', 'write every intermediate picture')
    .option('--chart <file>', 'draw a chart of the losses, as .png or .svg', named('png', 'svg'))
    .option('--strip <png>', 'draw stages of the picture side by side', named('png'))
    .option(
      '--animation <file>',
      'write the animation, or the picture as it grew, as .webp or .gif',
      named('webp', 'gif'),
    );

/**
 * Renders the request that `buildRequest` makes from the options, which override those of an earlier record, and writes
 * the outputs.
 * @throws ReverieError
 */
export async function run(
  kind: RenderRequest['kind'],
  options: Outputs,
  buildRequest: (pictures: Pictures) => Promise<Record<string, unknown>>,
): Promise<void> {
  const pictures = new Pictures();
  const recalled = options.from === undefined ? { kind } : await pictures.recall(options.from);
  if (recalled.kind !== kind)
    throw new ReverieError(
      'invalid-parameter',
      `${options.from} is the record of a ${String(recalled.kind)}, not a ${kind}.`,
    );
  const request = { ...recalled, ...given(await buildRequest(pictures)) } as RenderRequestInput;

  const renderer = createPipeline();
  const prepared = await renderer.prepare(request);
  const { plan } = prepared.run;
  const progress = showProgress(plan);
  process.once('SIGINT', () => {
    progress.stop();
    // This listener is removed by now, so the signal ends the process, even if a thread is computing.
    process.kill(process.pid, 'SIGINT');
  });
  const recorder = new FrameRecorder(plan, options);
  if (options.frames) await makeFolder(options.frames);
  const writing: Promise<void>[] = [];
  /** Aborted, with the error as its reason, when a frame cannot be written, since later frames would fail too. */
  const unwritable = new AbortController();
  try {
    const result = await renderer.render(prepared, {
      signal: unwritable.signal,
      onWarning(sentence) {
        console.error(sentence);
      },
      onFrame(frame) {
        progress.update(frame);
        recorder.record(frame);
        if (!options.frames) return;
        const file = path.join(options.frames, `${String(frame.step).padStart(5, '0')}.png`);
        const written = encodePng(frame.image).then((bytes) => save(file, bytes));
        writing.push(
          written.catch((thrown: unknown) => {
            unwritable.abort(thrown);
          }),
        );
      },
    });
    progress.stop();
    await Promise.all(writing);
    unwritable.signal.throwIfAborted();
    await write({ ...result, trace: pictures.named(result.trace) }, options, recorder);
    console.log(
      `${options.out}: ${plan.width}×${plan.height}, ${plan.network}, ${result.trace.seconds.toFixed(1)} s`,
    );
  } catch (thrown) {
    throw unwritable.signal.aborted ? unwritable.signal.reason : thrown;
  } finally {
    progress.stop();
    await renderer.close();
  }
}

async function write(result: RenderResult, options: Outputs, recorder: FrameRecorder): Promise<void> {
  const { image, trace, animation } = result;
  await save(options.out, await encodePng(image));
  if (options.trace) await save(options.trace, JSON.stringify(trace, undefined, 1));
  if (options.chart) {
    const vector = endingOf(options.chart) === 'svg';
    await save(options.chart, vector ? chartSvg(trace) : (await chart(trace)).bytes);
  }
  if (options.strip) await save(options.strip, (await strip(recorder.pick(STRIP_PICTURES))).bytes);
  if (options.animation) {
    const growth = () => heldAtEnd(recorder.pick(GROWTH_PICTURES).map((picture) => picture.image));
    const format = endingOf(options.animation) === 'gif' ? 'gif' : 'webp';
    const file = await animate(animation ?? growth(), { maxBytes: ANIMATION_MAX_BYTES, format });
    await save(options.animation, file.bytes);
  }
}

/** Keeps a few frames of a run, evenly spaced, including the first and the last. */
class FrameRecorder {
  readonly #kept: Captioned[] = [];
  readonly #every: number;

  constructor(
    plan: Plan,
    private readonly wanted: Pick<Outputs, 'strip' | 'animation'>,
  ) {
    this.#every = (plan.steps - 1) / (GROWTH_PICTURES - 1);
  }

  record({ step, image }: Frame): void {
    if (!this.wanted.strip && !this.wanted.animation) return;
    if (step - 1 < Math.round(this.#kept.length * this.#every)) return;
    this.#kept.push({ image, caption: `step ${step}` });
  }

  pick(count: number): readonly Captioned[] {
    const last = this.#kept.length - 1;
    if (last < count) return this.#kept;
    return Array.from({ length: count }, (_, i) => this.#kept[Math.round((i * last) / (count - 1))]!);
  }
}
