/** An animated content of an instant style, painted by the bundled network. */
import { afterAll, expect, it } from 'vitest';
import { animate } from '../src/pipeline/export/animation.js';
import { decode } from '../src/pipeline/image/decode.js';
import { encodePng } from '../src/pipeline/image/encode.js';
import type { Animation, Raster } from '../src/pipeline/pictures.js';
import type { Frame } from '../src/pipeline/renderer.js';
import { createRenderer } from '../src/pipeline/runtime/local.js';
import { drawnAnimation } from './drawn-animation.js';
import { noisePng } from './fixtures.js';

const renderer = createRenderer();
afterAll(() => renderer.close());
const image = await noisePng(96, 80, 4);

async function painted(animation: Animation, size: number) {
  const { bytes } = await animate(animation, { maxBytes: 1e7, format: 'gif' });
  const frames: Frame[] = [];
  const prepared = await renderer.prepare({
    ...{ kind: 'style', technique: 'instant', content: bytes, styles: [{ image }], size },
  });
  const result = await renderer.render(prepared, { onFrame: (frame) => frames.push(frame) });
  return { bytes, frames, ...result };
}

it('every frame is painted, and shown as long as before; a small animation is not enlarged', async () => {
  const animation = await drawnAnimation({ count: 5, longest: 96 });
  const result = await painted(animation, 512);
  expect(result.plan).toMatchObject({ frames: 5, steps: 5, width: 96 });
  expect(result.frames.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
  const { frames, delays, loop } = result.animation!;
  expect({ delays, loop }).toEqual({ delays: animation.delays, loop: 0 });
  expect(frames.map(({ width }) => width)).toEqual([96, 96, 96, 96, 96]);
  expect(frames[0]).toEqual(result.image);
  expect(frames[1]).not.toEqual(frames[0]);
});

it('a still source gives a still result, and its first frame is what the still picture gives', async () => {
  const [first] = (await drawnAnimation({ count: 2, longest: 96 })).frames as [Raster];
  const changed = { ...first, data: first.data.slice() };
  // Another pixel at the end, since equal frames would be stored as one.
  changed.data.fill(0, changed.data.length - 3);
  const still = await painted({ frames: [first, changed, first], delays: [50, 50, 50], loop: 0 }, 96);
  const { frames } = still.animation!;
  expect(frames).toHaveLength(3);
  expect(frames[2]).toEqual(frames[0]);
  const sooner = frames[1]!.data.slice(0, frames[1]!.data.length / 8);
  expect(sooner).toEqual(frames[0]!.data.slice(0, sooner.length));
  const alone = await renderer.prepare({
    ...{ kind: 'style', technique: 'instant', styles: [{ image }], size: 96 },
    content: await encodePng(await decode(still.bytes, first.width, first.height)),
  });
  const apart = (await renderer.render(alone)).image.data.map((value, i) =>
    Math.abs(value - frames[0]!.data[i]!),
  );
  expect(Math.max(...apart)).toBeLessThanOrEqual(1);
});
