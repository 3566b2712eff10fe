/** Taught styles: the gradient that teaches, what is learnt, and how instant pictures use it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Checkpoint, Frame, Renderer, RenderResult } from '../src/pipeline/renderer.js';
import type { RenderRequestInput } from '../src/pipeline/requests.js';
import { WeightStore } from '../src/pipeline/networks/weight-store.js';
import { createEncoder } from '../src/pipeline/networks/encoder.js';
import { modulationFrom, MODULATION_SIZE } from '../src/pipeline/networks/style-code.js';
import { readTaught, writeTaught } from '../src/pipeline/networks/taught-style.js';
import { mini } from '../src/pipeline/networks/vgg.js';
import {
  contentBindings,
  lossNetworkProgram,
  gradientOf,
  modulationArrays,
  teachingProgram,
  type LossNetwork,
} from '../src/pipeline/recipes/teach-programs.js';
import { createRenderer } from '../src/pipeline/runtime/local.js';
import { createThreadedRenderer } from '../src/pipeline/runtime/worker-thread.js';
import { drawStyle, DRAWN } from '../src/styles/drawn/index.js';
import { practicePictures } from '../src/styles/scenes/index.js';
import { onnx } from './engines.js';
import { noisePng, sequence } from './fixtures.js';
import { render } from './render.js';

const store = new WeightStore(undefined);
const renderer = createRenderer({}, () => Promise.resolve(onnx));
afterAll(() => renderer.close());

const picture = (seed: number, side = 64) => ({
  data: sequence(3 * side * side, seed, 0.1, 0.9),
  shape: [1, 3, side, side],
});

it('differentiates the losses by the modulation', { timeout: 240_000 }, async () => {
  const { weights } = await store.loadGenerator();
  const { styleTaps, contentTap } = mini.style!;
  const encoder = createEncoder(mini, await store.weights('mini'), { pooling: 'average', edges: 'zeros' });
  const lossNetwork: LossNetwork = { encoder, styleTaps, contentTap };
  const features = await onnx.compile(lossNetworkProgram(lossNetwork));
  const style = await features.run({ image: picture(1) });
  const content = contentBindings(await features.run({ image: picture(2) }));
  const program = await onnx.compile(teachingProgram(weights, lossNetwork, style));
  const arrays = modulationArrays(modulationFrom(sequence(MODULATION_SIZE, 3, -0.3, 0.3)));
  const bindings = Object.fromEntries(
    [...arrays].map(([name, data]) => [name, { data, shape: [1, data.length, 1, 1] }]),
  );
  const evaluate = () => program.run({ matched: picture(4), ...content, ...bindings });
  const results = await evaluate();
  const parts = ['content', 'style', 'variation'].map((name) => results[`${name} loss`]!.data[0]!);
  expect(results.total!.data[0]).toBeCloseTo(parts[0]! + 9 * parts[1]! + 0.05 * parts[2]!, 4);
  for (const name of ['scale down1', 'shift residual3a', 'scale up2', 'shift up1']) {
    const gradient = results[gradientOf(name)]!.data.slice();
    // Along the gradient itself the difference is largest, and rounding matters least.
    const norm = Math.hypot(...gradient);
    const values = arrays.get(name)!;
    const own = values.slice();
    const at = async (distance: number) => {
      values.set(own.map((value, i) => value + (distance * gradient[i]!) / norm));
      return (await evaluate()).total!.data[0]!;
    };
    const slope = ((await at(5e-3)) - (await at(-5e-3))) / 1e-2;
    values.set(own);
    expect([name, slope / norm]).toEqual([name, expect.closeTo(1, 1)]);
  }
  await features.dispose();
  await program.dispose();
});

let style: Uint8Array;
let taught: RenderResult;
let scenes: Uint8Array[];
beforeAll(async () => {
  style = await drawStyle(DRAWN[0]!);
  scenes = await practicePictures();
  const contents = scenes.slice(0, 2);
  taught = await render(renderer, { kind: 'teach', network: 'mini', style, contents, size: 128, steps: 16 });
}, 240_000);

it('comes closer to the style with every round, and gives a file of the modulation', () => {
  const { steps } = taught.trace;
  const total = (from: number, to: number) =>
    steps.slice(from, to).reduce((sum, { losses }) => sum + losses.total!, 0);
  expect(total(12, 16)).toBeLessThan(0.97 * total(0, 4));
  expect(taught.plan).toMatchObject({ kind: 'teach', network: 'mini', steps: 16, width: 128, height: 96 });
  expect(taught.taught!.byteLength).toBeLessThan(12_000);
});

const instant = async (
  file: Uint8Array | undefined,
  more: Partial<RenderRequestInput> = {},
  painter: Renderer = renderer,
) => {
  const warnings: string[] = [];
  const request = {
    ...{ kind: 'style', technique: 'instant', content: await noisePng(80, 64), size: 80 },
    ...{ styles: [{ image: style, taught: file }], ...more },
  } as RenderRequestInput;
  const { image } = await render(painter, request, {
    onWarning: (sentence) => warnings.push(sentence),
  });
  return { data: [...image.data], warnings };
};

it('paints instant pictures with what was taught', async () => {
  const untaught = await instant(undefined);
  const painted = await instant(taught.taught);
  expect(painted.warnings).toEqual([]);
  expect(painted.data).not.toEqual(untaught.data);
  // At a strength of 0 only the content's own style is left, taught or not.
  const none = { alpha: 100, beta: 10 };
  expect((await instant(taught.taught, none)).data).toEqual((await instant(undefined, none)).data);
});

it('paints untaught with a warning where another swift was taught', async () => {
  const { modulation } = readTaught(taught.taught!);
  const foreign = writeTaught({ swift: 'another', modulation });
  const { data, warnings } = await instant(foreign);
  expect(data).toEqual((await instant(undefined)).data);
  expect(warnings).toEqual([expect.stringContaining('another version of swift')]);
});

it('gives the file and the warning from a worker thread too', { timeout: 120_000 }, async () => {
  const threaded = createThreadedRenderer({ engine: 'onnx', device: 'cpu' });
  try {
    const contents = scenes.slice(0, 1);
    const request = { kind: 'teach', network: 'mini', style, contents, size: 128, steps: 1 } as const;
    const { swift, modulation } = readTaught((await render(threaded, request)).taught!);
    expect(swift).toBe((await store.loadGenerator()).sha256);
    const foreign = writeTaught({ swift: 'another', modulation });
    expect((await instant(foreign, {}, threaded)).warnings).toEqual([
      expect.stringContaining('another version of swift'),
    ]);
  } finally {
    await threaded.close();
  }
});

it(
  'goes on where it was stopped, here and in a worker thread, and learns the same',
  { timeout: 240_000 },
  async () => {
    const contents = scenes.slice(0, 2);
    const request = { kind: 'teach', network: 'mini', style, contents, size: 128, steps: 5 } as const;
    const whole = await render(renderer, request);
    const stop = new AbortController();
    let checkpoint: Checkpoint | undefined;
    const stopped = render(renderer, request, {
      signal: stop.signal,
      onFrame(frame) {
        checkpoint = frame.checkpoint;
        if (frame.step === 3) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    const threaded = createThreadedRenderer({ engine: 'onnx', device: 'cpu' });
    try {
      for (const one of [renderer, threaded]) {
        const frames: number[] = [];
        const onFrame = ({ step }: Frame) => void frames.push(step);
        const { taught: file, trace } = await render(one, request, { checkpoint: checkpoint!, onFrame });
        expect(frames).toEqual([4, 5]);
        expect(trace.steps.map(({ losses }) => losses)).toEqual(
          whole.trace.steps.map(({ losses }) => losses),
        );
        expect(file).toEqual(whole.taught);
      }
    } finally {
      await threaded.close();
    }
  },
);

it('keeps the modulation in its file, and refuses a damaged one', async () => {
  const { sha256 } = await store.loadGenerator();
  expect(readTaught(taught.taught!).swift).toBe(sha256);
  const values = sequence(MODULATION_SIZE, 9, -1, 1);
  const read = readTaught(writeTaught({ swift: 'x', modulation: modulationFrom(values) })).modulation;
  expect(read.get('up2')!.shift).toEqual(modulationFrom(values).get('up2')!.shift);
  const styles = [{ image: style, taught: taught.taught!.slice(0, -4) }];
  await expect(
    renderer.prepare({ kind: 'style', technique: 'instant', content: style, styles }),
  ).rejects.toMatchObject({ code: 'invalid-parameter' });
});

it('practises on pictures whose sides swift can take', async () => {
  for (const scene of scenes) {
    const { run } = await renderer.prepare({ kind: 'teach', style, contents: [scene], size: 130 });
    expect([run.plan.width % 4, run.plan.height % 4]).toEqual([0, 0]);
  }
});
