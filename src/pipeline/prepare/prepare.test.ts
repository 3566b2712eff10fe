import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { noisePng } from '../../../test/fixtures.js';
import { encodeSafetensors } from '../../../test/weight-files.js';
import { openSafetensors } from '../networks/safetensors.js';
import type { PreparedRun } from '../prepared-run.js';
import type { RenderRequestInput, StyleRequestInput } from '../requests.js';
import { createRenderer } from '../runtime/local.js';

const BUNDLED = new URL('../../../models/mini.safetensors', import.meta.url).pathname;
const renderer = createRenderer();
const sha256 = (file: Uint8Array) => createHash('sha256').update(file).digest('hex');
const [content, style, mask] = await Promise.all([1, 2, 3].map((seed) => noisePng(64, 48, seed)));

const REQUESTS: Readonly<Record<string, RenderRequestInput>> = {
  'a style': {
    ...{
      kind: 'style',
      content: content!,
      styles: [{ image: style!, mask: mask! }],
      size: 64,
      steps: 2,
      seed: 3,
    },
    ...{ network: 'mini', colour: 'luminance', init: 'noise' },
  },
  'an instant style': {
    ...{ kind: 'style', technique: 'instant', content: content!, size: 64, colour: 'match' },
    styles: [{ image: style! }],
  },
  'a zoom with a guide': {
    ...{ kind: 'dream', network: 'mini', image: content!, guide: style!, size: 64, octaves: 2, steps: 1 },
    zoom: { frames: 2 },
  },
  'a sheet': { kind: 'visualise', network: 'mini', channels: [1, 2], size: 64, steps: 1 },
};

for (const [name, request] of Object.entries(REQUESTS))
  it(`${name} is prepared as JSON plus picture files, and can be rendered from them`, async () => {
    const { run, pictures } = await renderer.prepare(request);
    const stored = JSON.parse(JSON.stringify(run)) as PreparedRun;
    expect(stored).toEqual(run);
    for (const [hash, file] of pictures) expect(hash).toBe(sha256(file));
    const text = JSON.stringify(stored);
    for (const hash of text.match(/[0-9a-f]{64}/g) ?? []) expect(pictures.has(hash)).toBe(true);
    const fromStored = await renderer.render({ run: stored, pictures: structuredClone(pictures) });
    expect(fromStored.image).toEqual((await renderer.render({ run, pictures })).image);
    expect(fromStored.plan).toEqual(run.plan);
  });

it('preparing fills in everything that the request leaves open', async () => {
  const { run } = await renderer.prepare({ kind: 'style', content: content!, styles: [{ image: style! }] });
  expect(run).toMatchObject({
    ...{ kind: 'style', pooling: 'average', contentTap: 'block4_conv2', seed: 0 },
    start: {
      ...{ content: sha256(content!), width: 384, height: 288, strength: 1, colour: 'style' },
      styles: [{ picture: sha256(style!), weight: 1, width: 64, height: 48 }],
    },
    plan: { network: 'mini', technique: 'optimise', width: 512, height: 384 },
  });
  if (run.kind !== 'style') throw new Error('another kind');
  expect(run.styleTaps.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1);
  expect(run.styles[0]!.sizes).toHaveLength(run.scales.length);
  expect(run.scales.reduce((sum, { steps }) => sum + steps, 0)).toBe(run.plan.steps);
});

/** A renderer with its own folder of networks. */
async function withFolder() {
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'reverie-prepare-'));
  onTestFinished(() => rm(modelsDir, { recursive: true }));
  return { modelsDir, own: createRenderer({ modelsDir }) };
}

it('preparing reads no weights: a file of NaN values is detected only when rendering', async () => {
  const { modelsDir, own } = await withFolder();
  const { shapes, weights } = await openSafetensors(BUNDLED);
  const tensors = Object.fromEntries(
    [...shapes].map(([name, shape]) => [
      name,
      { shape: [...shape], data: weights(name).data.map(() => Number.NaN) },
    ]),
  );
  await writeFile(path.join(modelsDir, 'mini.safetensors'), encodeSafetensors(tensors));
  const prepared = await own.prepare(REQUESTS['a sheet']!);
  await expect(own.render(prepared)).rejects.toMatchObject({ code: 'network-broken' });
});

it('a network whose file is missing gives the same error when rendering as when preparing', async () => {
  const { modelsDir, own } = await withFolder();
  const request = { kind: 'visualise', network: 'squeezenet', layer: 'fire2/concat', size: 64 } as const;
  const refused: unknown = await own.prepare(request).catch((thrown: unknown) => thrown);
  expect(refused).toMatchObject({ code: 'network-missing' });
  const file = path.join(modelsDir, 'squeezenet.safetensors');
  await copyFile(BUNDLED, file);
  const prepared = await own.prepare(request);
  await rm(file);
  await expect(own.render(prepared)).rejects.toThrow((refused as Error).message);
});

it('the quality is a factor on the number of steps, unless a number is given', async () => {
  const steps = async (request: Partial<Extract<RenderRequestInput, { kind: 'style' }>>) => {
    const base = { content: content!, styles: [{ image: style! }], size: 256 };
    return (await renderer.prepare({ ...base, ...request, kind: 'style' })).run.plan.steps;
  };
  const normal = await steps({});
  expect(await steps({ quality: 'fine' })).toBe(2 * normal);
  expect(await steps({ quality: 'draft' })).toBe(Math.round(normal / 3));
  expect(await steps({ quality: 'draft', steps: 7 })).toBe(7);
});

it.each([
  ['strength 50', {}, 1],
  ['ten times the style weight', { beta: 100 }, 1.5],
  ['a hundredth of it', { beta: 0.1 }, 0],
  ['no style', { beta: 0 }, 0],
  ['no content', { alpha: 0 }, 1.5],
])('an instant picture with %s', async (_, weights, strength) => {
  const { run } = await renderer.prepare({
    ...{ kind: 'style', technique: 'instant', content: content!, styles: [{ image: style! }] },
    ...weights,
  });
  expect(run).toMatchObject({
    ...{ kind: 'instant', pass: { strength, width: 512, height: 384 } },
    plan: { kind: 'style', technique: 'instant', network: 'swift', width: 512, height: 384, steps: 1 },
  });
});

it.each([
  ['no content', { content: undefined }, 'instant-pictures'],
  ['no style', { styles: [] }, 'instant-pictures'],
  ['a network', { network: 'mini' }, 'instant-options'],
  ['steps', { steps: 3 }, 'instant-options'],
  ['a start', { init: 'noise' }, 'instant-options'],
] as const)('an instant picture with %s is refused', async (_, changed, reason) => {
  const request: RenderRequestInput = {
    ...{ kind: 'style', technique: 'instant', content: content!, styles: [{ image: style! }] },
    ...(changed as Partial<StyleRequestInput>),
  };
  await expect(renderer.prepare(request)).rejects.toMatchObject({
    code: 'invalid-parameter',
    details: { reason },
  });
});

it.each([
  ['is twice as large', 512, 2, 256],
  ['is half as large', 512, 0.5, 1024],
  ['is as fine as possible on the largest picture', 4096, 0.1, 4096],
])('the brush of an instant picture sets the size of its pass: it %s', async (_, size, styleScale, width) => {
  const { run } = await renderer.prepare({
    ...{ kind: 'style', technique: 'instant', content: content!, styles: [{ image: style! }] },
    ...{ size, styleScale },
  });
  expect(run).toMatchObject({ pass: { width }, plan: { width: size } });
});
