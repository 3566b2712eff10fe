import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { noisePng } from '../../test/fixtures.js';
import type { RenderRequestInput, TraceStep } from './contract.js';
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
