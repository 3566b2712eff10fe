import sharp from 'sharp';
import { ReverieError } from '../src/errors.js';
import type { EncodedImage, Raster } from '../src/pipeline/pictures.js';
import type {
  Capabilities,
  Captioned,
  Frame,
  Plan,
  Renderer,
  RenderOptions,
  RenderResult,
} from '../src/pipeline/renderer.js';
import { renderRequestSchema, type RenderRequestInput } from '../src/pipeline/requests.js';
import { clean, encode, examine } from '../src/pipeline/image/files.js';

const SIDE = 8;
const STEPS = 3;

function picture(shade: number): Raster {
  return { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3).fill(shade) };
}

/** A renderer that computes nothing: three grey steps, in the order asked. It remembers the seeds it rendered. */
export class TinyRenderer implements Renderer {
  readonly rendered: number[] = [];
  readonly requests: RenderRequestInput[] = [];
  /** The picture it ends with, instead of a grey one. */
  result: Raster | undefined;
  /** What it says its results measure. */
  side = SIDE;
  /** What a request costs. */
  costOf: (request: { readonly size: number }) => number = () => 1;
  /** How long it says that took. */
  secondsOf: (cost: number) => number = () => STEPS;
  /** Ends the run under way at its next step, however many are left. */
  enough = false;
  /** Nothing is planned, or rendered, before these let it. */
  readonly gates = { plan: Promise.resolve(), render: Promise.resolve() };
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
      defaults: { style: 'mini', dream: 'mini', visualise: 'mini' },
    });
  }

  inspect(bytes: Uint8Array) {
    return examine(bytes);
  }

  async plan(request: RenderRequestInput): Promise<Plan> {
    await this.gates.plan;
    const { kind, ...rest } = renderRequestSchema.parse(request);
    if ('targets' in rest && rest.targets?.[0]?.layer === 'nonsense')
      throw new ReverieError('unknown-layer', 'That network has no layer of that name.');
    const layer = 'targets' in rest ? rest.targets?.[0]?.layer : 'layer' in rest ? rest.layer : undefined;
    return {
      kind,
      network: 'mini',
      ...(layer === undefined ? {} : { layer }),
      width: this.side,
      height: this.side,
      scales: 1,
      steps: STEPS,
      cost: this.costOf(rest),
    };
  }

  /** Seed 13 breaks. */
  async render(request: RenderRequestInput, options: RenderOptions = {}): Promise<RenderResult> {
    const plan = await this.plan(request);
    this.rendered.push(request.seed ?? 0);
    this.requests.push(request);
    if (request.seed === 13) throw new Error('thirteen');
    const trace = [];
    await this.gates.render;
    for (let step = 1; step <= this.#steps && !this.enough; step++) {
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
      options.onFrame?.(frame);
    }
    return {
      image: this.result ?? picture(200),
      plan,
      trace: {
        request: {},
        engine: 'tiny',
        device: 'none',
        seconds: this.secondsOf(plan.cost),
        steps: trace,
      },
    };
  }

  preview(raster: Raster): Promise<EncodedImage> {
    return encoded(raster, 'jpeg');
  }

  encode(raster: Raster, limit: { maxBytes: number }): Promise<EncodedImage> {
    return encode(raster, limit);
  }

  clean(bytes: Uint8Array, limit: { maxBytes: number }): Promise<EncodedImage> {
    return clean(bytes, limit);
  }

  chart(): Promise<EncodedImage> {
    return encoded(picture(10), 'png');
  }

  strip(pictures: readonly Captioned[]): Promise<EncodedImage> {
    return encoded(pictures[0]!.image, 'png');
  }

  animate(pictures: readonly Raster[]): Promise<EncodedImage> {
    return encoded(pictures[0]!, 'png');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function encoded(raster: Raster, format: 'png' | 'jpeg'): Promise<EncodedImage> {
  const { width, height } = raster;
  const bytes = await sharp(raster.data, { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer();
  return { bytes: new Uint8Array(bytes), format, width, height };
}
