/** The public surface of the pipeline: `render(request, { signal, onFrame })` in the thread that calls it. */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ReverieError } from '../../errors.js';
import type { Capabilities, RenderOptions, RenderResult, Renderer, TraceStep } from '../renderer.js';
import {
  renderRequestSchema,
  type NetworkName,
  type RenderRequest,
  type RenderRequestInput,
} from '../requests.js';
import { faultOfDevice, type Engine } from '../engines/engine.js';
import { chooseEngine, type EngineChoice } from '../engines/choose-engine.js';
import { createOnnxEngine } from '../engines/onnx/onnx.js';
import { multiplyAddsPerSecond } from '../engines/probe.js';
import { scopedEngine } from '../engines/scoped-engine.js';
import { clean, encode, examine, preview } from '../image/files.js';
import { toRaster } from '../image/planes.js';
import { NETWORKS, WeightStore } from '../networks/weight-store.js';
import { prepare } from '../prepare/index.js';
import { randomSource } from '../random.js';
import { animate } from '../export/animation.js';
import { chart } from '../export/chart.js';
import { strip } from '../export/strip.js';
import type { FeatureStatistics } from '../objectives/style-terms.js';
import type { Step, RunContext, TargetCache } from '../recipes/run-context.js';

export interface PipelineOptions extends EngineChoice {
  /** Where the operator's networks lie; the bundled ones are always found. */
  readonly modelsDir?: string;
  /** `inspect` refuses more, where that is stricter than what is ever decoded. */
  readonly maxPixels?: number;
}

/** Bytes of style statistics that are kept. */
const TARGETS_MAX = 128 * 2 ** 20;

const sizeOfTargets = (targets: ReadonlyMap<string, FeatureStatistics>): number =>
  [...targets.values()].reduce(
    (sum, { second, mean }) => sum + 4 * (second.data.length + mean.data.length),
    1,
  );

/** What lasts from run to run. */
interface RenderResources {
  readonly engine: Engine;
  readonly weightStore: WeightStore;
  readonly targets: TargetCache;
}

/** Checks a request and fills its defaults in. @throws ReverieError `invalid-parameter` */
function complete(request: RenderRequestInput): RenderRequest {
  const parsed = renderRequestSchema.safeParse(request);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const parameter = issue.path.join('.') || 'request';
  throw new ReverieError('invalid-parameter', `${parameter}: ${issue.message}.`, {
    details: { parameter },
    cause: parsed.error,
  });
}

/** @param choose takes the engine, once, when it is first needed */
export function createRenderer(
  options: PipelineOptions = {},
  choose: () => Promise<Engine> = () => chooseEngine(options),
): Renderer {
  const weightStore = new WeightStore(options.modelsDir);
  let chosen: Promise<Engine> | undefined;
  const current = () => (chosen ??= choose());
  let measured: Promise<number | undefined> | undefined;
  const speed = () =>
    (measured ??= current().then((engine) => multiplyAddsPerSecond(engine).catch(() => undefined)));
  /**
   * A run that a device failed at begins anew on the processor, once. A picture too large for its memory leaves the
   * device to the next one; any other fault ends its use.
   */
  const paint = async (request: RenderRequest, run: RenderOptions): Promise<RenderResult> => {
    const engine = await current();
    try {
      return await render(request, { engine, weightStore, targets }, run);
    } catch (thrown) {
      const fault = faultOfDevice(thrown);
      if (!fault || run.signal?.aborted) throw thrown;
      const why = fault === 'memory' ? `${engine.device} ran out of memory` : `${engine.device} failed`;
      const cpu = { ...createOnnxEngine(), reason: `${why}, so the CPU is used` };
      if (fault === 'device') chosen = Promise.resolve(cpu);
      run.onWarning?.(`${cpu.reason}: ${String((thrown as ReverieError).cause)}`);
      return render(request, { engine: cpu, weightStore, targets }, run);
    }
  };
  const targets: TargetCache = new LRUCache({ maxSize: TARGETS_MAX, sizeCalculation: sizeOfTargets });
  return {
    capabilities: async () => capabilities(await current(), weightStore, await speed()),
    inspect: (bytes) => examine(bytes, options.maxPixels),
    preview,
    encode,
    clean,
    plan: async (request) => (await prepare(complete(request), weightStore)).plan,
    render: async (request, run) => paint(complete(request), run ?? {}),
    chart,
    strip,
    animate,
    close: () => Promise.resolve(),
  };
}

async function capabilities(
  engine: Engine,
  weightStore: WeightStore,
  speed: number | undefined,
): Promise<Capabilities> {
  const names = Object.keys(NETWORKS) as NetworkName[];
  const networks = await Promise.all(
    names.map(async (name) => {
      const { title, taps, dreams, style } = NETWORKS[name];
      const file = await weightStore.find(name);
      return {
        name,
        title,
        taps,
        dreams,
        styles: style !== undefined,
        ...(file === undefined ? {} : { file }),
      };
    }),
  );
  return {
    engine: engine.name,
    device: engine.device,
    reason: engine.reason,
    ...(speed === undefined ? {} : { multiplyAddsPerSecond: speed }),
    networks,
    defaults: {
      style: await weightStore.best('style'),
      dream: await weightStore.best('dream'),
      visualise: await weightStore.best('visualise'),
    },
  };
}

/** How long the steps of a run are that is begun again because its numbers ran away. */
const DIVERGED_RATE_SCALE = 0.25;
const DIVERGED = 'ran-away';

/** A run whose numbers ran away is begun again with shorter steps, once. */
async function render(
  request: RenderRequest,
  resources: RenderResources,
  run: RenderOptions,
): Promise<RenderResult> {
  try {
    return await attempt(request, resources, run, 1);
  } catch (thrown) {
    const again = thrown instanceof ReverieError && thrown.details.reason === DIVERGED;
    if (!again || run.signal?.aborted) throw thrown;
    run.onWarning?.(`the run diverged at step ${thrown.details.step}; starting over with smaller steps`);
    return attempt(request, resources, run, DIVERGED_RATE_SCALE);
  }
}

async function attempt(
  request: RenderRequest,
  { engine, weightStore, targets }: RenderResources,
  { signal, onFrame, onActivity }: RenderOptions,
  gentleness: number,
): Promise<RenderResult> {
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  const { plan, network, scales, run } = await prepare(request, weightStore);
  const work = scales.map((s) => s.width * s.height);
  const whole = scales.reduce((sum, s, i) => sum + s.steps * work[i]!, 0);
  const steps: TraceStep[] = [];
  let done = 0;

  const checkpoint = (): void => {
    if (signal?.aborted) throw new ReverieError('aborted', 'That picture was cancelled.');
  };
  const onStep = ({ scale, losses, image }: Step): void => {
    checkpoint();
    if (!Object.values(losses).every(Number.isFinite)) throw diverged(steps.length + 1);
    done += work[scale - 1]!;
    const step = { scale, step: steps.length + 1, seconds: elapsed(), losses };
    steps.push(step);
    onFrame?.({
      ...step,
      scales: scales.length,
      steps: plan.steps,
      secondsLeft: (step.seconds / done) * (whole - done),
      image: toRaster(image),
    });
  };

  const random = randomSource(request.seed);
  const { weights, version } = await weightStore.load(network.name);
  const build: RunContext['build'] = (image) => network.build(image, weights);
  const scoped = scopedEngine(engine, () => {
    onActivity?.();
    checkpoint();
  });
  const context: RunContext = {
    ...{
      engine: scoped,
      network,
      weights,
      version,
      build,
      targets,
      random,
      learningRateScale: gentleness,
      onStep,
    },
  };
  const { image, animation } = await run(context).finally(() => scoped.release());
  if (!image.data.every(Number.isFinite)) throw diverged(steps.length);
  return {
    image: toRaster(image),
    ...(animation ? { animation: animation.map(toRaster) } : {}),
    plan,
    trace: {
      request: describeRequest(request),
      engine: engine.name,
      device: engine.device,
      seconds: elapsed(),
      steps,
    },
  };
}

const diverged = (step: number): ReverieError =>
  new ReverieError('render-failed', 'The render became unstable. Try a lower strength or weight.', {
    details: { reason: DIVERGED, step },
  });

/** The request with its pictures named by their SHA-256, however deep they lie. */
function describeRequest(request: RenderRequest): Record<string, unknown> {
  const describe = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return { sha256: createHash('sha256').update(value).digest('hex') };
    if (Array.isArray(value)) return value.map(describe);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, describe(inner)]));
  };
  return describe(request) as Record<string, unknown>;
}
