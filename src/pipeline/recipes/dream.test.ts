import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { noisePng } from '../../../test/fixtures.js';
import { render } from '../../../test/render.js';
import { miniOf } from '../../../test/weight-files.js';
import type { TraceStep } from '../renderer.js';
import type { RenderRequestInput } from '../requests.js';
import { createRenderer } from '../runtime/local.js';

const renderer = createRenderer();
const base = { kind: 'dream', network: 'mini', size: 96, octaves: 1, steps: 5 } as const;

const rise = (steps: readonly TraceStep[]): number =>
  steps.at(-1)!.losses.total! / Math.abs(steps[0]!.losses.total!);

const VARIANTS: Readonly<Record<string, Partial<RenderRequestInput & { kind: 'dream' }>>> = {
  'some channels of two layers': {
    targets: [
      { layer: 'block3_conv2', channels: [3, 5] },
      { layer: 'block4_conv1:pre', weight: 0.5 },
    ],
  },
  'the mean of a layer': { objective: 'mean' },
  'Laplacian smoothing': { smoothing: 'laplacian' },
  'Gaussian smoothing': { smoothing: 'gaussian' },
  'no jitter': { jitter: 0 },
  'the score of a class': { targets: [{ layer: 'predictions', channels: [94, 94] }] },
};

for (const [name, options] of Object.entries(VARIANTS))
  it(`raises the objective: ${name}`, async () => {
    const { trace } = await render(renderer, { ...base, image: await noisePng(96, 80), ...options });
    expect(rise(trace.steps)).toBeGreaterThan(1.05);
  });

for (const guidance of ['match', 'channels'] as const)
  it(`raises the objective of a guide by ${guidance}`, async () => {
    const request = { ...base, image: await noisePng(96, 80), guidance };
    const { trace, image } = await render(renderer, { ...request, guide: await noisePng(64, 64, 9) });
    expect(rise(trace.steps)).toBeGreaterThan(1.05);
    expect(image.data).not.toEqual((await render(renderer, { ...request })).image.data);
  });

it('zooms into its own output, frame by frame', async () => {
  const { animation, image, plan, trace } = await render(renderer, {
    ...base,
    image: await noisePng(96, 80),
    zoom: { frames: 3, factor: 1.1 },
  });
  expect(animation).toMatchObject({ delays: [100, 100, 1500], loop: 0 });
  expect(animation!.frames).toHaveLength(3);
  expect(animation!.frames.at(-1)).toEqual(image);
  expect(plan.scales).toBe(3);
  expect(trace.steps).toHaveLength(plan.steps);
});

it('refuses channels out of range, and states the range', async () => {
  const targets = [{ layer: 'block1_conv1', channels: [20, 24] as [number, number] }];
  await expect(renderer.prepare({ ...base, image: await noisePng(96, 80), targets })).rejects.toThrow(
    'channels 0 to 23',
  );
});

it('uses the number of classes of a weight file with fewer classes', async () => {
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'reverie-few-'));
  await writeFile(path.join(modelsDir, 'mini.safetensors'), await miniOf(6));
  const few = createRenderer({ modelsDir });
  const image = await noisePng(64, 64);
  const ask = (channel: number) => ({
    ...{ ...base, image, size: 64, steps: 1 },
    targets: [{ layer: 'predictions', channels: [channel, channel] as [number, number] }],
  });
  await expect(render(few, ask(6))).rejects.toThrow('Layer predictions of mini has channels 0 to 5.');
  expect((await render(few, ask(5))).trace.steps).toHaveLength(1);
  const maps = { kind: 'visualise', network: 'mini', size: 64, layer: 'predictions', image } as const;
  await expect(render(few, { ...maps, channels: [4, 8] })).rejects.toThrow('channels 0 to 5');
  await rm(modelsDir, { recursive: true });
});
