import { expect, it } from 'vitest';
import { noisePng } from '../../../test/fixtures.js';
import { render } from '../../../test/render.js';
import { createRenderer } from '../runtime/local.js';

const renderer = createRenderer();
const base = { kind: 'visualise', network: 'mini', size: 64, layer: 'block3_conv2' } as const;

it('raises the activation of a single channel', async () => {
  const { image, trace } = await render(renderer, { ...base, channels: [7, 7], steps: 16 });
  expect({ width: image.width, height: image.height }).toEqual({ width: 64, height: 64 });
  expect(trace.steps.at(-1)!.losses.total).toBeGreaterThan(2 * trace.steps[0]!.losses.total!);
});

it('renders several channels as a contact sheet with captions, of the planned size', async () => {
  const { image, plan, trace } = await render(renderer, { ...base, channels: [2, 4], steps: 2 });
  expect([image.width, image.height]).toEqual([plan.width, plan.height]);
  expect(trace.steps).toHaveLength(6);
  // The caption's strip under the first cell: letters on the dark ground.
  const strip = image.data.subarray((4 + 64) * image.width * 3, (4 + 64 + 18) * image.width * 3);
  expect(Math.max(...strip)).toBeGreaterThan(150);
});

it('shows the activations of a picture in grey', async () => {
  const image = await noisePng(64, 48);
  const { image: maps } = await render(renderer, { ...base, image, channels: [5, 5] });
  expect([maps.width, maps.height]).toEqual([64, 48]);
  expect(Math.max(...maps.data)).toBeGreaterThan(200);
  for (let p = 0; p < maps.data.length; p += 3) expect(maps.data[p]).toBe(maps.data[p + 2]);
});

it('refuses channels out of range, and states the range', async () => {
  await expect(renderer.prepare({ ...base, channels: [90, 96] })).rejects.toThrow('channels 0 to 95');
});
