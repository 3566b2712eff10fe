/** One attempt at a run: from the prepared data to the picture and its trace. */
import { ReverieError } from '../../errors.js';
import type { Engine } from '../engines/engine.js';
import { scopedEngine } from '../engines/scoped-engine.js';
import { decode } from '../image/decode.js';
import { decodeFrames } from '../image/frames.js';
import { toPlanes, toRaster, type Planes } from '../image/planes.js';
import { NETWORKS, type WeightStore } from '../networks/weight-store.js';
import type { PictureFiles, PictureHash, PreparedRequest, Scale } from '../prepared-run.js';
import { randomSource } from '../random.js';
import { runRecipe, type RecipeContext } from '../recipes/index.js';
import type { Outcome, PictureSource, ReadingCache, Step, TargetCache } from '../recipes/run-context.js';
import type { Checkpoint, Frame, RenderOptions, RenderResult, TraceStep } from '../renderer.js';
import { DIVERGED } from './retry.js';

/** What an attempt uses; all but the learning rate lasts from run to run. */
export interface RunResources {
  readonly engine: Engine;
  readonly weightStore: WeightStore;
  readonly targets: TargetCache;
  readonly readings: ReadingCache;
  readonly learningRateScale: number;
}

/** @throws ReverieError `aborted`, `render-failed`, `image-broken`, `network-missing`, `network-broken` */
export async function renderOnce(
  { run, pictures: files }: PreparedRequest,
  { engine, weightStore, targets, readings, learningRateScale }: RunResources,
  { checkpoint, signal, onFrame, onActivity, onWarning }: RenderOptions,
): Promise<RenderResult> {
  const progress = new Progress(run.scales, checkpoint);
  const throwIfAborted = (): void => {
    if (signal?.aborted) throw new ReverieError('aborted', 'That picture was cancelled.');
  };
  const onStep = (step: Step): void => {
    throwIfAborted();
    if (!Object.values(step.losses).every(Number.isFinite)) throw diverged(progress.steps.length + 1);
    const frame = step.start ? progress.start(step) : progress.add(step);
    onFrame?.(frame);
  };
  const scoped = scopedEngine(engine, () => {
    onActivity?.();
    throwIfAborted();
  });
  const pictures = pictureSource(files);
  const context: RecipeContext = {
    checkpoint,
    async run({ network: name }) {
      const { weights, version } = await weightStore.load(name);
      const network = NETWORKS[name];
      const random = randomSource(run.seed);
      return { engine: scoped, network, weights, version, pictures, targets, random, learningRateScale };
    },
    async paint() {
      const generator = await weightStore.loadGenerator();
      const warn = (sentence: string) => onWarning?.(sentence);
      return { engine: scoped, generator, pictures, readings, warn };
    },
  };
  const { image, animation, taught } = await follow(runRecipe(context, run), onStep).finally(() =>
    scoped.release(),
  );
  if (!image.data.every(Number.isFinite)) throw diverged(progress.steps.length);
  return {
    image: toRaster(image),
    ...(animation ? { animation } : {}),
    ...(taught ? { taught } : {}),
    plan: run.plan,
    trace: {
      request: run.request,
      engine: engine.name,
      device: engine.device,
      seconds: progress.seconds,
      steps: progress.steps,
    },
  };
}

/** Hands each step of a recipe on, and stops the recipe if that throws. */
async function follow(recipe: AsyncGenerator<Step, Outcome>, onStep: (step: Step) => void): Promise<Outcome> {
  for (;;) {
    const next = await recipe.next();
    if (next.done) return next.value;
    try {
      onStep(next.value);
    } catch (thrown) {
      // The error of the step says more than one of the disposal.
      await recipe.return(undefined as never).catch(() => undefined);
      throw thrown;
    }
  }
}

/** Counts the steps of a run and estimates how long the rest takes. A step's time is proportional to its pixels. */
class Progress {
  readonly steps: TraceStep[];
  readonly #begun: number;
  readonly #total: number;
  #done: number;

  /** @param checkpoint where the run was, if it is continued */
  constructor(
    private readonly scales: readonly Scale[],
    { steps }: Pick<Checkpoint, 'steps'> = { steps: [] },
  ) {
    this.steps = [...steps];
    this.#begun = performance.now() - 1000 * (steps.at(-1)?.seconds ?? 0);
    this.#done = steps.reduce((sum, { scale }) => sum + this.#pixels(scale), 0);
    this.#total = scales.reduce((sum, { width, height, steps }) => sum + steps * width * height, 0);
  }

  get seconds(): number {
    return (performance.now() - this.#begun) / 1000;
  }

  /** The picture that the steps start from. How long they take is not known yet. */
  start({ scale, losses, image }: Step): Frame {
    return this.#frame({ scale, step: 0, seconds: this.seconds, losses }, image);
  }

  add({ scale, losses, image, state }: Step): Frame {
    this.#done += this.#pixels(scale);
    const step = { scale, step: this.steps.length + 1, seconds: this.seconds, losses };
    this.steps.push(step);
    const frame = this.#frame(step, image);
    return state ? { ...frame, checkpoint: { steps: [...this.steps], state } } : frame;
  }

  #pixels(scale: number): number {
    const { width, height } = this.scales[scale - 1]!;
    return width * height;
  }

  #frame(step: TraceStep, image: Planes): Frame {
    return {
      ...step,
      scales: this.scales.length,
      steps: this.scales.reduce((sum, { steps }) => sum + steps, 0),
      ...(step.step === 0 ? {} : { secondsLeft: (step.seconds / this.#done) * (this.#total - this.#done) }),
      image: toRaster(image),
    };
  }
}

function pictureSource(files: PictureFiles): PictureSource {
  const fileOf = (picture: PictureHash): Uint8Array => {
    const file = files.get(picture);
    if (!file) throw new Error(`the file ${picture} did not come with the run`);
    return file;
  };
  return {
    file: fileOf,
    at: async (picture, width, height) => toPlanes(await decode(fileOf(picture), width, height)),
    async *frames(picture, indices, width, height) {
      for await (const frame of decodeFrames(fileOf(picture), indices, width, height)) yield toPlanes(frame);
    },
  };
}

const diverged = (step: number): ReverieError =>
  new ReverieError('render-failed', 'The render became unstable. Try a lower strength or weight.', {
    details: { reason: DIVERGED, step },
  });
