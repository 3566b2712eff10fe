import { ReverieError } from '../src/errors.js';
import type { Animation, Raster } from '../src/pipeline/pictures.js';
import { extractPictures } from '../src/pipeline/prepare/pictures.js';
import type {
  Capabilities,
  Frame,
  Plan,
  PreparedRequest,
  Renderer,
  RenderOptions,
  RenderResult,
} from '../src/pipeline/renderer.js';
import {
  renderRequestSchema,
  type RenderRequest,
  type RenderRequestInput,
} from '../src/pipeline/requests.js';

const SIDE = 8;
const STEPS = 3;

/** A request with this seed fails when it is rendered. */
export const FAILING_SEED = 13;
/** The file of every style that it is taught. */
export const TAUGHT = new Uint8Array([116, 97, 117]);
/** A dream of a layer of this name is refused when it is prepared. */
const UNKNOWN_LAYER = 'nonsense';

function picture(shade: number): Raster {
  return { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3).fill(shade) };
}

/** A request as prepared by a renderer that computes nothing: one scale of three steps, 8 × 8 pixels. */
export function preparedRequest(input: RenderRequestInput, plan: Partial<Plan> = {}): PreparedRequest {
  const request = renderRequestSchema.parse(input);
  const { described, pictures } = extractPictures(request);
  return {
    run: {
      kind: 'visualise',
      network: 'mini',
      plan: {
        ...{
          kind: request.kind,
          network: 'mini',
          width: SIDE,
          height: SIDE,
          scales: 1,
          steps: STEPS,
          cost: 1,
        },
        ...(request.kind === 'style' ? { technique: request.technique } : {}),
        ...plan,
      },
      seed: request.seed,
      scales: [{ width: SIDE, height: SIDE, steps: STEPS }],
      request: described,
      layer: 'conv2',
      channels: [0],
    },
    pictures,
  };
}

/** The request that was prepared, with its pictures' bytes. */
function originalOf({ run, pictures }: PreparedRequest): RenderRequest {
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    if ('sha256' in value) return pictures.get(value.sha256 as string);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fill(inner)]));
  };
  return fill(run.request) as RenderRequest;
}

/** A renderer that computes nothing: three grey steps, in the order asked. It remembers what it rendered. */
export class TinyRenderer implements Renderer {
  /** The seeds of what it rendered. */
  readonly rendered: number[] = [];
  readonly requests: RenderRequest[] = [];
  /** The picture it ends with, instead of a grey one. */
  result: Raster | undefined;
  /** The animation that the result of a style is, and that it plans. */
  animation: Animation | undefined;
  /** The width and height that it plans. */
  side = SIDE;
  /** What a request costs. */
  costOf: (request: { readonly size: number }) => number = () => 1;
  /** How long it says that took. */
  secondsOf: (cost: number) => number = () => STEPS;
  /** Ends the run under way at its next step, however many are left. */
  enough = false;
  /** Nothing is prepared, or rendered, before these resolve. */
  readonly gates = { prepare: Promise.resolve(), render: Promise.resolve() };
  readonly #stepMs: number;
  readonly #steps: number;
  readonly #speed: number | undefined;

  /** @param options.speed the multiply-adds a second that it says were measured */
  constructor(options: { stepMs?: number; steps?: number; speed?: number } = {}) {
    this.#speed = options.speed;
    this.#stepMs = options.stepMs ?? 1;
    this.#steps = options.steps ?? STEPS;
  }

  capabilities(): Promise<Capabilities> {
    return Promise.resolve({
      engine: 'tiny',
      device: 'none',
      reason: 'a test',
      ...(this.#speed === undefined ? {} : { multiplyAddsPerSecond: this.#speed }),
      networks: [
        {
          name: 'mini',
          title: 'Mini',
          file: 'mini.safetensors',
          taps: [
            { name: 'conv1', channels: 8 },
            { name: 'conv2', channels: 8 },
          ],
          styles: true,
          dreams: { layer: 'conv2', offered: [{ name: 'conv2', shows: 'eyes' }] },
        },
      ],
      defaults: { style: 'mini', dream: 'mini', visualise: 'mini', sheet: 'swift', teach: 'mini' },
    });
  }

  async prepare(input: RenderRequestInput): Promise<PreparedRequest> {
    await this.gates.prepare;
    const request = renderRequestSchema.parse(input);
    const layer =
      request.kind === 'dream' ? request.targets?.[0]?.layer : 'layer' in request ? request.layer : undefined;
    if (layer === UNKNOWN_LAYER)
      throw new ReverieError('unknown-layer', 'mini has no layer of that name. Try conv2.', {
        details: { network: 'mini', layer, offered: 'conv2' },
      });
    return preparedRequest(input, {
      ...{ width: this.side, height: this.side, cost: this.costOf(request) },
      ...(layer === undefined ? {} : { layer }),
      ...(request.kind === 'sheet'
        ? { network: 'swift', steps: request.contents.length * request.styles.length }
        : {}),
      ...(this.animation && request.kind === 'style' ? { frames: this.animation.frames.length } : {}),
    });
  }

  async render(prepared: PreparedRequest, options: RenderOptions = {}): Promise<RenderResult> {
    const { plan, seed, request } = prepared.run;
    this.rendered.push(seed);
    this.requests.push(originalOf(prepared));
    if (seed === FAILING_SEED) throw new Error('this seed is to fail');
    const trace = [...(options.checkpoint?.steps ?? [])];
    await this.gates.render;
    for (let step = trace.length + 1; step <= this.#steps && !this.enough; step++) {
      await new Promise((resolve) => setTimeout(resolve, this.#stepMs));
      if (options.signal?.aborted) throw new ReverieError('aborted', 'That picture was cancelled.');
      const frame: Frame = {
        scale: 1,
        scales: 1,
        step,
        steps: this.#steps,
        seconds: step,
        secondsLeft: this.#steps - step,
        losses: { total: 10 - step },
        image: picture(step * 40),
      };
      trace.push({ scale: 1, step, seconds: step, losses: frame.losses });
      const checkpoint = { steps: [...trace], state: [] };
      options.onFrame?.(plan.kind === 'teach' ? { ...frame, checkpoint } : frame);
    }
    return {
      image: this.result ?? picture(200),
      ...(plan.kind === 'teach' ? { taught: TAUGHT } : {}),
      ...(this.animation && plan.frames !== undefined ? { animation: this.animation } : {}),
      plan,
      trace: {
        request,
        engine: 'tiny',
        device: 'none',
        seconds: this.secondsOf(plan.cost),
        steps: trace,
      },
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
