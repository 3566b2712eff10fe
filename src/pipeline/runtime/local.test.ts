import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { failingDevice } from '../../../test/failing-device.js';
import { noisePng } from '../../../test/fixtures.js';
import { render } from '../../../test/render.js';
import type { Frame, TraceStep } from '../renderer.js';
import type { RenderRequestInput } from '../requests.js';
import type { Engine } from '../engines/engine.js';
import { engineFailure } from '../engines/engine.js';
import { createOnnxEngine } from '../engines/onnx/onnx.js';
import { createRenderer } from './local.js';

const renderer = createRenderer();

const dreamOf = (image: Uint8Array, rest = {}): RenderRequestInput => ({
  kind: 'dream',
  network: 'mini',
  image,
  size: 96,
  steps: 3,
  octaves: 2,
  ...rest,
});

const totals = (steps: readonly TraceStep[], scale: number): number[] =>
  steps.filter((s) => s.scale === scale).map(({ losses }) => losses.total!);

describe('a run', () => {
  it('of a style lowers the loss at every scale, and is reproducible', async () => {
    const request: RenderRequestInput = {
      kind: 'style',
      network: 'mini',
      content: await noisePng(120, 90, 1),
      styles: [{ image: await noisePng(64, 64, 2) }],
      size: 240,
      steps: 24,
      seed: 5,
    };
    const { image, trace, plan } = await render(renderer, request);
    expect({ width: image.width, height: image.height }).toEqual({ width: 240, height: 180 });
    expect(trace.steps).toHaveLength(plan.steps);
    for (let scale = 1; scale <= plan.scales; scale++) {
      const [first, ...rest] = totals(trace.steps, scale);
      expect(rest.at(-1)!).toBeLessThan(first!);
    }
    expect((await render(renderer, request)).image.data).toEqual(image.data);
  });

  it('of a dream raises the objective in every octave', async () => {
    const { trace } = await render(renderer, dreamOf(await noisePng(120, 90), { steps: 6 }));
    for (const octave of [1, 2]) {
      const [first, ...rest] = totals(trace.steps, octave);
      expect(rest.at(-1)!).toBeGreaterThan(first!);
    }
  });

  it('stops within one step of an abort', async () => {
    const abort = new AbortController();
    let steps = 0;
    const run = render(renderer, dreamOf(await noisePng(64, 64)), {
      signal: abort.signal,
      onFrame: () => {
        steps++;
        abort.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
    expect(steps).toBe(1);
  });
});

describe('unusual pictures', () => {
  it('of an animation, the first frame is used', async () => {
    const frame = (colour: string) =>
      sharp({ create: { width: 64, height: 48, channels: 3, background: colour } })
        .png()
        .toBuffer();
    const frames = await Promise.all(['#ff0000', '#0000ff'].map(frame));
    for (const format of ['gif', 'webp'] as const) {
      const moving = await sharp(frames, { join: { animated: true } })
        [format]()
        .toBuffer();
      expect((await sharp(moving).metadata()).pages).toBe(2);
      const { image, plan } = await render(renderer, dreamOf(moving, { strength: 0.1, steps: 1 }));
      expect(plan).toMatchObject({ width: 96, height: 72 });
      const [red, , blue] = image.data.subarray((36 * 96 + 48) * 3);
      expect(red).toBeGreaterThan(200);
      expect(blue).toBeLessThan(60);
    }
  });

  it('a picture of 1×1 pixels is enlarged', async () => {
    const { image } = await render(renderer, dreamOf(await noisePng(1, 1), { octaves: 1, steps: 1 }));
    expect({ width: image.width, height: image.height }).toEqual({ width: 96, height: 96 });
  });

  it('a picture of 8000×20 pixels is refused with the reason', async () => {
    const ribbon = await sharp({ create: { width: 8000, height: 20, channels: 3, background: '#777' } })
      .png()
      .toBuffer();
    await expect(renderer.prepare(dreamOf(ribbon))).rejects.toMatchObject({
      code: 'image-too-small',
      sentence: expect.stringMatching(/8000×20.*too narrow/) as string,
    });
  });
});

describe('a device that fails', () => {
  const run = async (cause: string) => {
    const warnings: string[] = [];
    const failing = createRenderer({}, () => Promise.resolve(failingDevice({ calls: 2, cause })));
    const request = dreamOf(await noisePng(64, 64));
    const { image, trace } = await render(failing, request, {
      onWarning: (sentence) => warnings.push(sentence),
    });
    const wanted = await render(renderer, request);
    expect(image.data).toEqual(wanted.image.data);
    expect(trace).toMatchObject({ device: 'cpu', steps: { length: wanted.trace.steps.length } });
    return { warnings, failing };
  };

  it('is replaced by the CPU, with one warning', async () => {
    const { warnings, failing } = await run('the device was lost');
    expect(warnings).toEqual(['webgpu failed, so the CPU is used: Error: the device was lost']);
    expect(await failing.capabilities()).toMatchObject({
      device: 'cpu',
      reason: 'webgpu failed, so the CPU is used',
    });
  });

  it('for lack of memory is kept for smaller pictures', async () => {
    const { warnings, failing } = await run('failed to allocate a buffer');
    expect(warnings[0]).toMatch(/^webgpu ran out of memory, so the CPU is used/);
    expect(await failing.capabilities()).toMatchObject({ device: 'webgpu' });
  });

  it('fails the run with a clear message if it is the CPU itself', async () => {
    const broken = createRenderer({}, () =>
      Promise.resolve({
        ...createOnnxEngine(),
        compile: () => Promise.reject(new Error('bad alloc')).catch(engineFailure('cpu')),
      }),
    );
    await expect(render(broken, dreamOf(await noisePng(64, 64)))).rejects.toMatchObject({
      code: 'render-failed',
      sentence: expect.stringContaining('too large for my memory') as string,
    });
  });
});

/** ONNX Runtime with its sessions counted. @param before called with the number of each compilation */
function countedEngine(before: (nth: number) => void) {
  const engine = createOnnxEngine();
  const counted = { compiled: 0, open: 0 };
  const compile: Engine['compile'] = async (program) => {
    before(++counted.compiled);
    const executable = await engine.compile(program);
    counted.open++;
    return {
      run: (inputs) => executable.run(inputs),
      dispose: () => {
        counted.open--;
        return executable.dispose();
      },
    };
  };
  return { counted, choose: () => Promise.resolve({ ...engine, compile }) };
}

describe('every program is disposed of', async () => {
  const [image, other] = await Promise.all([noisePng(64, 48, 1), noisePng(64, 64, 2)]);
  const network = 'mini';
  const style: RenderRequestInput = {
    ...{ kind: 'style', network, content: image, styles: [{ image: other }], gamma: 1, size: 64, steps: 1 },
    init: 'content',
  };
  /** Requests, and how many programs each compiles before its first step. The targets of a style need one of their own. */
  const requests: Readonly<Record<string, [request: RenderRequestInput, programs: number]>> = {
    'a style': [style, 3],
    // Too large for one program: two passes, the loss between them, the content, the variation and the statistics.
    'a style in tiles': [{ ...style, size: 2560 }, 6],
    'a guided dream': [dreamOf(image, { guide: other, guidance: 'match', steps: 1 }), 2],
    'a sheet of channels': [{ kind: 'visualise', network, size: 64, steps: 1, channels: [0, 1] }, 1],
    'activation maps': [{ kind: 'visualise', network, image, size: 64 }, 1],
  };
  for (const [name, [request, programs]] of Object.entries(requests)) {
    const places = new Set([1, Math.ceil(programs / 2), programs]);

    it(`when ${name} fails during a compilation`, async () => {
      for (const last of places) {
        const { counted, choose } = countedEngine((nth) => {
          if (nth === last) throw new Error('no memory for that one');
        });
        await expect(render(createRenderer({}, choose), request)).rejects.toThrow('no memory for that one');
        expect(counted).toEqual({ compiled: last, open: 0 });
      }
    });

    it(`when ${name} is aborted during a compilation, and nothing further is compiled`, async () => {
      for (const last of places) {
        const abort = new AbortController();
        const { counted, choose } = countedEngine((nth) => {
          if (nth === last) abort.abort();
        });
        const run = render(createRenderer({}, choose), request, { signal: abort.signal });
        await expect(run).rejects.toMatchObject({ code: 'aborted' });
        expect(counted).toEqual({ compiled: last, open: 0 });
      }
    });
  }
});

it('the programs of instant pictures are compiled once, and disposed of at the end', async () => {
  const [content, image] = await Promise.all([noisePng(64, 48, 1), noisePng(64, 64, 2)]);
  const { counted, choose } = countedEngine(() => undefined);
  const renderer = createRenderer({}, choose);
  const request: RenderRequestInput = {
    ...{ kind: 'style', technique: 'instant', content, styles: [{ image }], size: 64 },
  };
  const first = await renderer.render(await renderer.prepare(request));
  expect(first.trace.steps).toHaveLength(1);
  // One reads the style, the other paints.
  expect(counted).toEqual({ compiled: 2, open: 2 });
  const again = await renderer.render(await renderer.prepare({ ...request, seed: 1 }));
  expect(again.image).toEqual(first.image);
  expect(counted).toEqual({ compiled: 2, open: 2 });
  await renderer.close();
  expect(counted).toEqual({ compiled: 2, open: 0 });
});

it('the first frame of a style is an instant picture, before the first step', async () => {
  const [content, image] = await Promise.all([noisePng(64, 48, 1), noisePng(64, 64, 2)]);
  const style: RenderRequestInput = {
    kind: 'style',
    network: 'mini',
    content,
    styles: [{ image }],
    size: 64,
  };
  const frames: Frame[] = [];
  const renderer = createRenderer();
  const { trace } = await renderer.render(await renderer.prepare({ ...style, steps: 2 }), {
    onFrame: (frame) => frames.push(frame),
  });
  const instant = await renderer.render(
    await renderer.prepare({ ...style, network: undefined, technique: 'instant' }),
  );
  expect(frames.map(({ step }) => step)).toEqual([0, 1, 2]);
  expect(frames[0]).toMatchObject({ losses: {}, image: instant.image });
  expect(trace.steps.map(({ step }) => step)).toEqual([1, 2]);
  await renderer.close();
});

it('an abort takes effect at the next step, even if the engine never yields to the event loop', async () => {
  const engine = createOnnxEngine();
  const immediate: Engine = {
    ...engine,
    compile: ({ outputs }) =>
      Promise.resolve({
        run: ({ image }) => {
          const one = { data: new Float32Array([1]), shape: [] };
          const values = Object.fromEntries(Object.keys(outputs).map((name) => [name, one]));
          return Promise.resolve({ ...values, total: one, gradient: image! });
        },
        dispose: () => Promise.resolve(),
      }),
  };
  const abort = new AbortController();
  let steps = 0;
  const request = dreamOf(await noisePng(64, 64), { steps: 100, octaves: 1 });
  const run = render(
    createRenderer({}, () => Promise.resolve(immediate)),
    request,
    {
      signal: abort.signal,
      onFrame: () => {
        if (++steps === 1)
          setImmediate(() => {
            abort.abort();
          });
      },
    },
  );
  await expect(run).rejects.toMatchObject({ code: 'aborted' });
  expect(steps).toBe(1);
});
