import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { noisePng } from '../../test/fixtures.js';
import type { RenderRequestInput, TraceStep } from './contract.js';
import type { Engine } from './engines/engine.js';
import { engineFailure } from './engines/engine.js';
import { createOnnxEngine } from './engines/onnx.js';
import { createRenderer } from './render.js';

const renderer = createRenderer();

const dreamOf = (image: Uint8Array, rest = {}): RenderRequestInput => ({
  kind: 'dream',
  network: 'mini',
  image,
  size: 96,
  steps: 3,
  octaves: 2,
  ...rest,
});

const totals = (steps: readonly TraceStep[], scale: number): number[] =>
  steps.filter((s) => s.scale === scale).map(({ losses }) => losses.total!);

describe('a run', () => {
  it('of a style lets the losses fall at every scale, and paints the same pixels again', async () => {
    const request: RenderRequestInput = {
      kind: 'style',
      network: 'mini',
      content: await noisePng(120, 90, 1),
      styles: [{ image: await noisePng(64, 64, 2) }],
      size: 240,
      steps: 24,
      seed: 5,
    };
    const { image, trace, plan } = await renderer.render(request);
    expect({ width: image.width, height: image.height }).toEqual({ width: 240, height: 180 });
    expect(trace.steps).toHaveLength(plan.steps);
    for (let scale = 1; scale <= plan.scales; scale++) {
      const [first, ...rest] = totals(trace.steps, scale);
      expect(rest.at(-1)!).toBeLessThan(first!);
    }
    expect((await renderer.render(request)).image.data).toEqual(image.data);
  });

  it('of a dream lets the objective rise in every octave', async () => {
    const { trace } = await renderer.render(dreamOf(await noisePng(120, 90), { steps: 6 }));
    for (const octave of [1, 2]) {
      const [first, ...rest] = totals(trace.steps, octave);
      expect(rest.at(-1)!).toBeGreaterThan(first!);
    }
  });

  it('stops within one step of an abort', async () => {
    const abort = new AbortController();
    let steps = 0;
    const run = renderer.render(dreamOf(await noisePng(64, 64)), {
      signal: abort.signal,
      onFrame: () => {
        steps++;
        abort.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
    expect(steps).toBe(1);
  });
});

describe('odd pictures', () => {
  it('an animation: its first frame', async () => {
    const frame = (colour: string) =>
      sharp({ create: { width: 64, height: 48, channels: 3, background: colour } })
        .png()
        .toBuffer();
    const frames = await Promise.all(['#ff0000', '#0000ff'].map(frame));
    for (const format of ['gif', 'webp'] as const) {
      const moving = await sharp(frames, { join: { animated: true } })
        [format]()
        .toBuffer();
      expect((await sharp(moving).metadata()).pages).toBe(2);
      const { image, plan } = await renderer.render(dreamOf(moving, { strength: 0.1, steps: 1 }));
      expect(plan).toMatchObject({ width: 96, height: 72 });
      const [red, , blue] = image.data.subarray((36 * 96 + 48) * 3);
      expect(red).toBeGreaterThan(200);
      expect(blue).toBeLessThan(60);
    }
  });

  it('1×1: a picture', async () => {
    const { image } = await renderer.render(dreamOf(await noisePng(1, 1), { octaves: 1, steps: 1 }));
    expect({ width: image.width, height: image.height }).toEqual({ width: 96, height: 96 });
  });

  it('more pixels than the operator takes: a sentence that says how many', async () => {
    const bytes = await noisePng(40, 30);
    await expect(createRenderer({ maxPixels: 1100 }).inspect(bytes)).rejects.toThrow(
      '40×30 pixels; I take up to 0.0011 megapixels',
    );
    expect(await createRenderer({ maxPixels: 1200 }).inspect(bytes)).toMatchObject({ width: 40, height: 30 });
  });

  it('8000×20: a sentence that says why not', async () => {
    const ribbon = await sharp({ create: { width: 8000, height: 20, channels: 3, background: '#777' } })
      .png()
      .toBuffer();
    await expect(renderer.plan(dreamOf(ribbon))).rejects.toMatchObject({
      code: 'image-too-small',
      sentence: expect.stringMatching(/8000×20.*too narrow/) as string,
    });
  });
});

/** A graphics card that computes well for some steps, and then no more. */
function failingDevice(steps: number, cause: string): Engine {
  const sound = createOnnxEngine();
  let left = steps;
  return {
    ...sound,
    device: 'webgpu',
    compile: async (program) => {
      const executable = await sound.compile(program);
      return {
        run: (inputs) =>
          left-- > 0
            ? executable.run(inputs)
            : Promise.reject(new Error(cause)).catch(engineFailure('webgpu')),
        dispose: () => executable.dispose(),
      };
    },
  };
}

describe('a device that fails', () => {
  const run = async (cause: string) => {
    const warnings: string[] = [];
    const failing = createRenderer({}, () => Promise.resolve(failingDevice(2, cause)));
    const request = dreamOf(await noisePng(64, 64));
    const { image, trace } = await failing.render(request, {
      onWarning: (sentence) => warnings.push(sentence),
    });
    const wanted = await renderer.render(request);
    expect(image.data).toEqual(wanted.image.data);
    expect(trace).toMatchObject({ device: 'cpu', steps: { length: wanted.trace.steps.length } });
    return { warnings, failing };
  };

  it('is given up for the processor, with one warning', async () => {
    const { warnings, failing } = await run('the device was lost');
    expect(warnings).toEqual(['webgpu failed, so the CPU does the work: Error: the device was lost']);
    expect(await failing.capabilities()).toMatchObject({
      device: 'cpu',
      reason: 'webgpu failed, so the CPU does the work',
    });
  });

  it('for want of memory is kept for smaller pictures', async () => {
    const { warnings, failing } = await run('failed to allocate a buffer');
    expect(warnings[0]).toMatch(/^the memory of webgpu is too small, so the CPU does the work/);
    expect(await failing.capabilities()).toMatchObject({ device: 'webgpu' });
  });

  it('and is the processor itself fails the run with a sentence', async () => {
    const broken = createRenderer({}, () =>
      Promise.resolve({
        ...createOnnxEngine(),
        compile: () => Promise.reject(new Error('bad alloc')).catch(engineFailure('cpu')),
      }),
    );
    await expect(broken.render(dreamOf(await noisePng(64, 64)))).rejects.toMatchObject({
      code: 'render-failed',
      sentence: expect.stringContaining('too large for my memory') as string,
    });
  });
});
