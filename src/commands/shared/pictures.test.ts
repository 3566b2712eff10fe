import { expect, it } from 'vitest';
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

it('does not turn an animation into a still picture', async () => {
  const zoom = await result({ kind: 'dream', zoom: { frames: 3 } });
  await expect(fitResult(zoom, 1000)).rejects.toMatchObject({ code: 'nothing-to-show' });
});
