import { expect, it } from 'vitest';
import { noisePng } from '../../../test/fixtures.js';
import type { RenderRequestInput, TraceStep } from '../contract.js';
import { createRenderer } from '../render.js';

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
};

for (const [name, options] of Object.entries(VARIANTS))
  it(`climbs: ${name}`, async () => {
    const { trace } = await renderer.render({ ...base, image: await noisePng(96, 80), ...options });
    expect(rise(trace.steps)).toBeGreaterThan(1.05);
  });

for (const guidance of ['match', 'channels'] as const)
  it(`climbs towards a guide by ${guidance}`, async () => {
    const request = { ...base, image: await noisePng(96, 80), guidance };
    const { trace, image } = await renderer.render({ ...request, guide: await noisePng(64, 64, 9) });
    expect(rise(trace.steps)).toBeGreaterThan(1.05);
    expect(image.data).not.toEqual((await renderer.render({ ...request })).image.data);
  });

it('zooms into its own dream, frame by frame', async () => {
  const { animation, image, plan, trace } = await renderer.render({
    ...base,
    image: await noisePng(96, 80),
    zoom: { frames: 3, factor: 1.1 },
  });
  expect(animation).toHaveLength(3);
  expect(animation!.at(-1)).toEqual(image);
  expect(plan.scales).toBe(3);
  expect(trace.steps).toHaveLength(plan.steps);
});

it('says how many channels a layer has', async () => {
  const targets = [{ layer: 'block1_conv1', channels: [20, 24] as [number, number] }];
  await expect(renderer.plan({ ...base, image: await noisePng(96, 80), targets })).rejects.toThrow(
    'channels 0 to 23',
  );
});
