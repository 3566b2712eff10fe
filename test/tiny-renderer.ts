import sharp from 'sharp';
import { ReverieError } from '../src/errors.js';
import {
  renderRequestSchema,
  type Capabilities,
  type Captioned,
  type EncodedImage,
  type Frame,
  type Plan,
  type Raster,
  type Renderer,
  type RenderOptions,
  type RenderRequestInput,
  type RenderResult,
} from '../src/pipeline/contract.js';
import { clean, encode } from '../src/pipeline/image/files.js';

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
  readonly #stepMs: number;

  constructor(options: { stepMs?: number } = {}) {
    this.#stepMs = options.stepMs ?? 1;
  }

  capabilities(): Promise<Capabilities> {
    return Promise.resolve({
      engine: 'tiny',
      device: 'none',
      reason: 'a test',
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
          dreams: { layer: 'conv2', offered: [{ name: 'conv2', shows: 'grey' }] },
        },
      ],
      defaults: { style: 'mini', dream: 'mini', visualise: 'mini' },
    });
  }

  inspect(bytes: Uint8Array) {
    if (bytes[0] !== 0x89)
      return Promise.reject(new ReverieError('image-unknown-type', 'That file is not a picture I can read.'));
    return Promise.resolve({ format: 'png', width: SIDE, height: SIDE });
  }

  plan(request: RenderRequestInput): Promise<Plan> {
    const { kind, ...rest } = renderRequestSchema.parse(request);
    if ('targets' in rest && rest.targets?.[0]?.layer === 'nonsense')
      return Promise.reject(new ReverieError('unknown-layer', 'That network has no layer of that name.'));
    return Promise.resolve({
      kind,
      network: 'mini',
      width: this.side,
      height: this.side,
      scales: 1,
      steps: STEPS,
      cost: 1,
    });
  }

  /** Seed 13 breaks. */
  async render(request: RenderRequestInput, options: RenderOptions = {}): Promise<RenderResult> {
    const plan = await this.plan(request);
    this.rendered.push(request.seed ?? 0);
    this.requests.push(request);
    if (request.seed === 13) throw new Error('thirteen');
    const trace = [];
    for (let step = 1; step <= STEPS; step++) {
      await new Promise((resolve) => setTimeout(resolve, this.#stepMs));
      if (options.signal?.aborted) throw new ReverieError('aborted', 'That run was cancelled.');
      const frame: Frame = {
        scale: 1,
        scales: 1,
        step,
        steps: STEPS,
        seconds: step,
        secondsLeft: STEPS - step,
        losses: { total: 10 - step },
        image: picture(step * 40),
      };
      trace.push({ scale: 1, step, seconds: step, losses: frame.losses });
      options.onFrame?.(frame);
    }
    return {
      image: this.result ?? picture(200),
      plan,
      trace: { request: {}, engine: 'tiny', device: 'none', seconds: STEPS, steps: trace },
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
