import { expect, it } from 'vitest';
import { animate } from '../../pipeline/export/animation.js';
import { decode } from '../../pipeline/image/decode.js';
import { selectFrames } from '../../pipeline/image/frames.js';
import { fitResult } from './pictures.js';
import { noisePng } from '../../../test/fixtures.js';

async function result(request: Readonly<Record<string, unknown>>) {
  const image = { bytes: await noisePng(200, 200), format: 'png' as const, width: 200, height: 200 };
  return { image, trace: { request, engine: 'tiny', device: 'none', seconds: 1, steps: [] } };
}

it('leaves a file that fits unchanged, and compresses one that does not', async () => {
  const still = await result({ kind: 'dream' });
  const { byteLength } = still.image.bytes;
  expect(await fitResult(still, byteLength)).toBe(still.image);
  expect((await fitResult(still, byteLength / 2)).bytes.byteLength).toBeLessThanOrEqual(byteLength / 2);
});

it('makes an animation smaller, but not a still picture', async () => {
  const frames = await Promise.all(
    [1, 2, 3].map(async (seed) => decode(await noisePng(200, 200, seed), 200, 200)),
  );
  const image = await animate({ frames, delays: [50, 60, 70], loop: 2 }, { maxBytes: 1e6 });
  const moving = { ...(await result({ kind: 'style' })), image };
  expect(await fitResult(moving, 1e6)).toBe(image);
  const maxBytes = Math.floor(image.bytes.byteLength / 2);
  const { bytes, format } = await fitResult(moving, maxBytes);
  expect(bytes.byteLength).toBeLessThanOrEqual(maxBytes);
  expect(format).toBe('webp');
  expect(await selectFrames(bytes)).toEqual({ indices: [0, 1, 2], delays: [50, 60, 70], loop: 2 });
  await expect(fitResult(moving, 100)).rejects.toMatchObject({ code: 'nothing-to-show' });
});
