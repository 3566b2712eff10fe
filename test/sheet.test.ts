/** Sheets: a picture in several styles, or several pictures in one, each painted in one pass of swift. */
import { afterAll, expect, it } from 'vitest';
import { createRenderer } from '../src/pipeline/index.js';
import type { Frame } from '../src/pipeline/renderer.js';
import { createPresets } from '../src/styles/presets.js';
import { noisePng } from './fixtures.js';

const renderer = createRenderer();
afterAll(() => renderer.close());
const presets = createPresets();
const style = async (name: string) => ({ image: await presets.png(name) });

/** Whether anything but the background is in the middle of a part of the picture. */
const mean = ({ image }: Pick<Frame, 'image'>, x: number, y: number, side: number): number => {
  let sum = 0;
  for (let row = y; row < y + side; row++)
    for (let column = x; column < x + side; column++)
      sum += image.data[3 * (row * image.width + column)]! / side ** 2;
  return sum;
};

it('a picture in four styles has four numbered cells that are filled one after the other', async () => {
  const names = ['starry', 'mosaic', 'woodcut', 'ink'];
  const prepared = await renderer.prepare({
    kind: 'sheet',
    contents: [await noisePng(128, 96)],
    styles: await Promise.all(names.map(style)),
    size: 128,
  });
  const { plan } = prepared.run;
  expect(plan).toMatchObject({ kind: 'sheet', network: 'swift', steps: 4, width: 268, height: 276 });
  const frames: Frame[] = [];
  const { image, trace } = await renderer.render(prepared, { onFrame: (frame) => frames.push(frame) });
  expect(image).toMatchObject({ width: plan.width, height: plan.height });
  expect(frames.map(({ step, steps }) => `${step}/${steps}`)).toEqual(['1/4', '2/4', '3/4', '4/4']);
  const last = (frame: Frame) => mean(frame, 180, 170, 40);
  expect(last(frames[2]!)).toBeCloseTo(0x16, 1);
  expect(last(frames[3]!)).toBeGreaterThan(0x16 + 8);
  // The numbers are there from the start: light on the background, below each cell.
  expect(mean(frames[0]!, 56, 102, 24)).toBeGreaterThan(0x16 + 8);
  expect(trace.steps.map(({ losses }) => losses)).toEqual([{}, {}, {}, {}]);
}, 60_000);

it('a cell of a sheet is the picture that its style gives alone', async () => {
  const content = await noisePng(96, 96);
  const render = async (request: Parameters<typeof renderer.prepare>[0]) =>
    (await renderer.render(await renderer.prepare(request))).image;
  const styles = [await style('starry'), await style('mosaic')];
  const sheet = await render({ kind: 'sheet', contents: [content], styles, size: 96 });
  const alone = await render({
    ...{ kind: 'style', technique: 'instant', content, styles: [styles[1]!], size: 96 },
  });
  const cell = Buffer.concat(
    Array.from({ length: 96 }, (_, y) =>
      Buffer.from(sheet.data).subarray(3 * ((y + 4) * sheet.width + 104), 3 * ((y + 4) * sheet.width + 200)),
    ),
  );
  expect(cell.equals(Buffer.from(alone.data))).toBe(true);
}, 60_000);

it('several pictures in one style keep their aspect ratios in cells of one size', async () => {
  const { run } = await renderer.prepare({
    kind: 'sheet',
    contents: [await noisePng(128, 64), await noisePng(64, 128)],
    styles: [await style('ink')],
    size: 128,
  });
  expect(run).toMatchObject({
    kind: 'sheet',
    cell: { width: 128, height: 128 },
    cells: [
      { width: 128, height: 64 },
      { width: 64, height: 128 },
    ],
  });
});

it('several pictures in several styles are refused', async () => {
  const picture = await noisePng(64, 64);
  const styles = [await style('ink'), await style('mosaic')];
  await expect(
    renderer.prepare({ kind: 'sheet', contents: [picture, picture], styles }),
  ).rejects.toMatchObject({ code: 'invalid-parameter', details: { parameter: 'styles' } });
});
