/** Renders in the thread that calls it. */
import { LRUCache } from 'lru-cache';
import { chooseEngine, type EngineChoice } from '../engines/choose-engine.js';
import type { Engine } from '../engines/engine.js';
import { createOnnxEngine } from '../engines/onnx/onnx.js';
import { disposeKept } from '../engines/scoped-engine.js';
import { multiplyAddsPerSecond } from '../engines/probe.js';
import { WeightStore } from '../networks/weight-store.js';
import type { FeatureStatistics } from '../objectives/style.js';
import { prepare } from '../prepare/index.js';
import type { PreparedRequest } from '../prepared-run.js';
import type { ReadingCache, TargetCache } from '../recipes/run-context.js';
import type { Renderer, RenderOptions, RenderResult } from '../renderer.js';
import { networkStatus, type EngineStatus } from './capabilities.js';
import { withRetries, type Attempt } from './retry.js';
import { renderOnce } from './run.js';

export interface PipelineOptions extends EngineChoice {
  /** Where the operator's networks lie; the bundled ones are always found. */
  readonly modelsDir?: string;
}

/** Bytes of style statistics that are kept between runs. */
const TARGETS_MAX = 128 * 2 ** 20;

/** Styles whose codes are kept between runs, at 20 kB each. */
const READINGS_MAX = 256;

const sizeOfTargets = (targets: ReadonlyMap<string, FeatureStatistics>): number =>
  [...targets.values()].reduce(
    (sum, { second, mean }) => sum + 4 * (second.data.length + mean.data.length),
    1,
  );

/** An engine with what lasts from run to run. It makes single attempts; when to make another is `withRetries`'s decision. */
export class LocalRuntime {
  readonly #readings: ReadingCache = new LRUCache({ max: READINGS_MAX });
  readonly #targets: TargetCache = new LRUCache({ maxSize: TARGETS_MAX, sizeCalculation: sizeOfTargets });
  #engine: Promise<Engine> | undefined;
  #speed: Promise<number | undefined> | undefined;

  /**
   * @param choose chooses the engine, once, when it is first needed
   * @param onEngineChange is told what the engine is from now on
   */
  constructor(
    private readonly weightStore: WeightStore,
    private readonly choose: () => Promise<Engine>,
    private readonly onEngineChange: (status: EngineStatus) => void = () => undefined,
  ) {}

  /** Chooses an engine where none is chosen yet, and measures its speed. */
  async status(): Promise<EngineStatus> {
    const engine = await this.#current();
    await (this.#speed ??= multiplyAddsPerSecond(engine).catch(() => undefined));
    // Both may have changed meanwhile.
    return statusOf(await this.#current(), await this.#speed);
  }

  async attempt(prepared: PreparedRequest, attempt: Attempt, options: RenderOptions): Promise<RenderResult> {
    const engine = attempt.cpu ? this.#onCpu(attempt.cpu) : await this.#current();
    const { learningRateScale } = attempt;
    const { weightStore } = this;
    const caches = { targets: this.#targets, readings: this.#readings };
    try {
      return await renderOnce(prepared, { engine, learningRateScale, weightStore, ...caches }, options);
    } finally {
      if (attempt.cpu && !attempt.cpu.fromNowOn) await disposeKept(engine);
    }
  }

  /** Disposes of the programs that are kept between runs. */
  async close(): Promise<void> {
    const engine = await this.#engine?.catch(() => undefined);
    if (engine) await disposeKept(engine);
  }

  #current(): Promise<Engine> {
    return (this.#engine ??= this.choose());
  }

  #onCpu({ reason, fromNowOn }: NonNullable<Attempt['cpu']>): Engine {
    const engine = { ...createOnnxEngine(), reason };
    if (fromNowOn) {
      void this.close();
      this.#engine = Promise.resolve(engine);
      // Not measured: the run that fell back to the CPU is about to use all of it.
      this.#speed = Promise.resolve(undefined);
      this.onEngineChange(statusOf(engine, undefined));
    }
    return engine;
  }
}

const statusOf = ({ name, device, reason }: Engine, speed: number | undefined): EngineStatus => ({
  ...{ engine: name, device, reason },
  ...(speed === undefined ? {} : { multiplyAddsPerSecond: speed }),
});

/** @param choose replaces the choice of the engine */
export function createRenderer(
  options: PipelineOptions = {},
  choose: () => Promise<Engine> = () => chooseEngine(options),
): Renderer {
  const weightStore = new WeightStore(options.modelsDir);
  const runtime = new LocalRuntime(weightStore, choose);
  return {
    capabilities: async () => ({ ...(await runtime.status()), ...(await networkStatus(weightStore)) }),
    prepare: (request) => prepare(request, weightStore),
    render: (prepared, run = {}) => withRetries((attempt) => runtime.attempt(prepared, attempt, run), run),
    close: () => runtime.close(),
  };
}
