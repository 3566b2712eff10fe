/**
 * Swift against PyTorch: random weights, three pairs, both engines. models/train/swift/fixture.py writes the fixture. The
 * other tests compare ways of painting that have to give the same picture.
 */
import { fileURLToPath } from 'node:url';
import { LRUCache } from 'lru-cache';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../src/pipeline/engines/engine.js';
import { scopedEngine } from '../src/pipeline/engines/scoped-engine.js';
import { crop, emptyPlanes, type Planes } from '../src/pipeline/image/planes.js';
import { openSafetensors, readSafetensors, type Weights } from '../src/pipeline/networks/safetensors.js';
import { modulationOf } from '../src/pipeline/networks/style-code.js';
import { NORMALISED_LAYERS } from '../src/pipeline/networks/swift.js';
import type { InstantPass } from '../src/pipeline/prepared-run.js';
import { Painter } from '../src/pipeline/recipes/painter.js';
import type { PaintContext } from '../src/pipeline/recipes/run-context.js';
import { onnx, tensorflow } from './engines.js';
import { sequence } from './fixtures.js';

const fixture = await openSafetensors(fileURLToPath(new URL('fixtures/swift.safetensors', import.meta.url)));
const reader = await readSafetensors(fileURLToPath(new URL('../models/mini.safetensors', import.meta.url)));

interface Drawn {
  readonly shape: readonly number[];
  readonly seed: number;
  readonly least: number;
  readonly most: number;
}

const drawn = JSON.parse(fixture.metadata.weights!) as Readonly<Record<string, Drawn>>;
const tensors = new Map(
  Object.entries(drawn).map(([name, { shape, seed, least, most }]) => {
    const count = shape.reduce((product, n) => product * n, 1);
    return [name, { shape, data: sequence(count, seed, least, most) }];
  }),
);
const weights: Weights = (name) => tensors.get(name)!;

/** A picture of the fixture. */
function planes(name: string): Planes {
  const { shape, data } = fixture.weights(name);
  return { channels: 3, height: shape[2]!, width: shape[3]!, data };
}

const noise = (width: number, height: number, seed: number): Planes => ({
  ...{ channels: 3, width, height },
  data: sequence(3 * width * height, seed, 0.1, 0.9),
});

/** @param pictures by name; one that is asked for at another size is an error */
function contextOf(pictures: Readonly<Record<string, Planes>>, engine: Engine = onnx): PaintContext {
  return {
    engine: scopedEngine(engine, () => undefined),
    generator: { weights, reader, version: 'random', sha256: 'random' },
    warn: () => undefined,
    readings: new LRUCache({ max: 10 }),
    pictures: {
      at(name, width, height) {
        const picture = pictures[name]!;
        expect([picture.width, picture.height]).toEqual([width, height]);
        return Promise.resolve(picture);
      },
      file: () => {
        throw new Error('nothing is taught here');
      },
      frames: () => {
        throw new Error('nothing is animated here');
      },
    },
  };
}

function passOf(content: Planes, ...styles: readonly (Planes & { readonly mask?: string })[]): InstantPass {
  const { width, height } = content;
  return {
    ...{ content: 'content', width, height, strength: 1, colour: 'style' },
    styles: styles.map(({ mask, ...size }, i) => ({
      ...{ picture: `style ${i}`, weight: 1, width: size.width, height: size.height },
      ...(mask === undefined ? {} : { mask }),
    })),
  };
}

function expectEqual(found: Planes, wanted: Planes, within: number): void {
  expect([found.width, found.height]).toEqual([wanted.width, wanted.height]);
  const apart = found.data.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted.data[i]!)), 0);
  expect(apart).toBeLessThan(within);
}

describe.each([0, 1, 2])('pair %i', (n) => {
  const content = planes(`${n}/content`);
  const style = planes(`${n}/style`);

  it.each([
    ['onnx', onnx],
    ['tensorflow', tensorflow],
  ] as const)('paints what the trainer paints, on %s', async (_, engine) => {
    const context = contextOf({ content, 'style 0': style }, engine);
    const painter = await Painter.open(context, passOf(content, style));
    expectEqual(await painter.paint(), planes(`${n}/picture`), 1e-3);
  });

  it('computes the modulation from the code', () => {
    const modulation = modulationOf(Float64Array.from(fixture.weights(`${n}/code`).data), weights);
    const wanted = fixture.weights(`${n}/modulation`).data;
    const found = NORMALISED_LAYERS.flatMap(({ name }) => {
      const { scale, shift } = modulation.get(name)!;
      return [...scale.map((value) => value - 1), ...shift];
    });
    expect(found).toHaveLength(wanted.length);
    expect(Math.max(...found.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(1e-4);
  });
});

const style = planes('0/style');
const other = planes('1/style');

it('paints a picture whose sides are no multiples of 4', async () => {
  const content = noise(45, 38, 5);
  const painter = await Painter.open(contextOf({ content, 'style 0': style }), passOf(content, style));
  const painted = await painter.paint();
  expect([painted.width, painted.height]).toEqual([45, 38]);
  expect(painted.data.every((value) => value >= 0 && value <= 1)).toBe(true);
});

it('paints the same in tiles with the statistics of the whole', async () => {
  const content = noise(820, 44, 6);
  const painter = await Painter.open(contextOf({ content, 'style 0': style }), passOf(content, style));
  expectEqual(await painter.paintFrame(content), await painter.paint(), 1e-3);
});

it('keeps the statistics of the first frame, so that still pixels stay as they are', async () => {
  const content = noise(160, 48, 7);
  const painter = await Painter.open(contextOf({ content, 'style 0': style }), passOf(content, style));
  const first = await painter.paintFrame(content);
  const changed = { ...content, data: content.data.slice() };
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < 48; y++) changed.data.fill(0.95, (c * 48 + y) * 160 + 130, (c * 48 + y) * 160 + 160);
  const second = await painter.paintFrame(changed);
  const still = { left: 0, top: 0, width: 64, height: 48 };
  expectEqual(crop(second, still), crop(first, still), 1e-4);
  expectEqual(await painter.paintFrame(content), first, 1e-6);
});

const flat = (width: number, height: number, value: number): Planes => {
  const result = emptyPlanes(3, width, height);
  result.data.fill(value);
  return result;
};

it('paints one style where its mask is white and another where it is black', async () => {
  const content = noise(64, 48, 8);
  const white = flat(64, 48, 1);
  const black = flat(64, 48, 0);
  const pictures = { content, 'style 0': style, 'style 1': other, white, black };
  const alone = await Painter.open(contextOf(pictures), passOf(content, style));
  const masked = passOf(content, { ...style, mask: 'white' }, { ...other, mask: 'black' });
  expectEqual(await (await Painter.open(contextOf(pictures), masked)).paint(), await alone.paint(), 1e-4);
});

it('mixes styles by their weights, and applies a style by its strength', async () => {
  const content = noise(64, 48, 9);
  const pictures = { content, 'style 0': style, 'style 1': other };
  const paint = async (pass: InstantPass) => (await Painter.open(contextOf(pictures), pass)).paint();
  const both = passOf(content, style, other);
  const [first, second] = both.styles;
  const only = await paint({ ...both, styles: [first!, { ...second!, weight: 0 }] });
  expectEqual(only, await paint({ ...both, styles: [first!] }), 1e-5);
  const none = await paint({ ...both, styles: [first!], strength: 0 });
  expectEqual(none, await paint({ ...both, styles: [second!], strength: 0 }), 1e-5);
  expect(none.data).not.toEqual(only.data);
});

it('gives the chroma of the content back', async () => {
  const content = noise(64, 48, 10);
  const pictures = { content, 'style 0': style };
  const pass: InstantPass = { ...passOf(content, style), colour: 'luminance' };
  const painted = await (await Painter.open(contextOf(pictures), pass)).paint();
  const chroma = ({ data }: Planes, p: number) => data[p]! - data[64 * 48 + p]!;
  const kept = Array.from({ length: 64 * 48 }, (_, p) => p).filter((p) =>
    [0, 1, 2].every((c) => painted.data[c * 64 * 48 + p]! > 0 && painted.data[c * 64 * 48 + p]! < 1),
  );
  expect(kept.length).toBeGreaterThan(1000);
  expect(Math.max(...kept.map((p) => Math.abs(chroma(painted, p) - chroma(content, p))))).toBeLessThan(1e-5);
});
