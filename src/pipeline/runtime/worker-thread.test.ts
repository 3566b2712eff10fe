import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { FailingDevice } from '../../../test/failing-device.js';
import { noisePng } from '../../../test/fixtures.js';
import { render } from '../../../test/render.js';
import { preparedRequest } from '../../../test/tiny-renderer.js';
import type { Renderer } from '../renderer.js';
import type { LocalRuntime } from './local.js';
import type { FromWorker } from './protocol.js';
import { serve } from './serve.js';
import { createThreadedRenderer } from './worker-thread.js';

const request = preparedRequest({ kind: 'dream', image: new Uint8Array(1) });
const STALL_MS = 2000;

/** Threads that speak the protocol: the first so many of them do `fault` when they are to render, the others answer. */
function start(fault: string, times: number) {
  const threads: Worker[] = [];
  const hangs: string[] = [];
  /** [whether a step is to end] */
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const renderer = createThreadedRenderer(
    {},
    {
      stallMs: STALL_MS,
      onHang: (finding) => hangs.push(finding),
      start() {
        const work = threads.length < times ? fault : 'done();';
        const thread = new Worker(
          `const { parentPort, workerData } = require('node:worker_threads');
           parentPort.on('message', ({ type, id }) => {
             const post = (message) => parentPort.postMessage({ ...message, id });
             const done = () => post({ type: 'done', result: 'picture' });
             const step = () => {
               post({ type: 'frame' });
               Atomics.wait(workerData, 0, 0);
             };
             if (type === 'end') parentPort.close();
             if (type === 'render') { ${work} }
             if (type === 'abort')
               post({ type: 'failed', failure: { code: 'aborted', sentence: '', details: {}, cause: '' } });
           });`,
          { eval: true, workerData: shared, resourceLimits: { maxOldGenerationSizeMb: 16 } },
        );
        threads.push(thread);
        return thread;
      },
    },
  );
  const endStep = (): void => {
    Atomics.store(shared, 0, 1);
    Atomics.notify(shared, 0);
  };
  return { renderer, threads, hangs, endStep };
}

/** Starts a run, and waits until its thread is busy with a step. */
async function busy(renderer: Renderer, signal?: AbortSignal) {
  let settled = false;
  let run!: Promise<unknown>;
  await new Promise<void>((inside) => {
    const options = {
      onFrame: () => {
        inside();
      },
      ...(signal ? { signal } : {}),
    };
    run = renderer.render(request, options).finally(() => {
      settled = true;
    });
    run.catch(() => undefined);
  });
  return { run, settled: () => settled };
}

describe('a thread that fails', () => {
  let renderer: Renderer;
  afterEach(() => renderer.close());

  for (const [name, fault] of [
    ['crashes', `throw new Error('device lost');`],
    ['ends', 'process.exit(3);'],
    ['runs out of memory', 'const held = []; for (;;) held.push(new Array(1e5).fill({}));'],
  ] as const) {
    it(`${name}: is replaced, and its run is repeated`, async () => {
      const line = start(fault, 1);
      renderer = line.renderer;
      expect(await renderer.render(request)).toBe('picture');
      expect(line.threads).toHaveLength(2);
    });

    it(`${name} twice: the run fails with a clear error, and the next run works`, async () => {
      const line = start(fault, 2);
      renderer = line.renderer;
      await expect(renderer.render(request)).rejects.toMatchObject({ code: 'render-failed' });
      expect(await renderer.render(request)).toBe('picture');
    });
  }
});

it('hands the pictures of a result over, those of its animation too, and copies none', async () => {
  const picture = () => ({ width: 1, height: 1, data: new Uint8Array([7, 8, 9]) });
  const frames = [picture(), picture()];
  // A picture that occurs twice can be handed over only once.
  const result = { image: frames[1]!, animation: { frames, delays: [40, 50], loop: 2 } };
  const { port1, port2 } = new MessageChannel();
  serve(port2, () => ({ attempt: () => Promise.resolve(result) }) as unknown as LocalRuntime);
  const answer = once(port1, 'message') as Promise<[FromWorker]>;
  port1.postMessage({ type: 'render', id: 1, prepared: request, attempt: {} });
  expect((await answer)[0]).toEqual({
    ...{ type: 'done', id: 1 },
    result: { image: picture(), animation: { frames: [picture(), picture()], delays: [40, 50], loop: 2 } },
  });
  expect(frames.map(({ data }) => data.byteLength)).toEqual([0, 0]);
  port1.close();
});

it('a thread that hangs is reported once, and is neither terminated nor replaced', async () => {
  const { renderer, threads, hangs, endStep } = start('step(); done();', 1);
  const { run, settled } = await busy(renderer);
  await expect.poll(() => hangs, { timeout: 20 * STALL_MS }).toHaveLength(1);
  expect(hangs[0]).toBe('a step did not finish within 2 seconds');
  expect(settled()).toBe(false);
  expect(threads).toHaveLength(1);
  // If the thread continues after all, nothing is lost.
  endStep();
  expect(await run).toBe('picture');
  expect(hangs).toHaveLength(1);
  await renderer.close();
});

it('a thread that reports activity does not count as hanging, however late its first frame', async () => {
  const { renderer, hangs } = start(
    `let times = 0;
     const timer = setInterval(() => {
       post({ type: 'active' });
       if (++times < 50) return;
       clearInterval(timer);
       done();
     }, ${STALL_MS / 25});`,
    1,
  );
  expect(await renderer.render(request)).toBe('picture');
  expect(hangs).toEqual([]);
  await renderer.close();
});

it('an aborted run settles once its thread has finished the step, and the thread is kept', async () => {
  const { renderer, threads, endStep } = start('step();', 1);
  const abort = new AbortController();
  const { run, settled } = await busy(renderer, abort.signal);
  abort.abort();
  await setImmediate();
  expect(settled()).toBe(false);
  endStep();
  await expect(run).rejects.toMatchObject({ code: 'aborted' });
  expect(threads).toHaveLength(1);
  await renderer.close();
});

describe('closing', () => {
  it('waits for the step, and the thread then exits by itself', async () => {
    const { renderer, threads, endStep } = start('step(); done();', 1);
    const { run } = await busy(renderer);
    const ended = once(threads[0]!, 'exit');
    let closed = false;
    const closing = renderer.close().then(() => {
      closed = true;
    });
    await setImmediate();
    expect(closed).toBe(false);
    endStep();
    expect(await run).toBe('picture');
    await closing;
    // It would be 1 if it had been terminated.
    expect(await ended).toEqual([0]);
  });

  it('refuses further runs without starting a thread', async () => {
    const { renderer, threads } = start('', 0);
    await renderer.close();
    await expect(renderer.render(request)).rejects.toMatchObject({ code: 'aborted' });
    expect(threads).toEqual([]);
  });
});

it('the real thread, when closed during a run, stops at its next step and exits', async () => {
  const renderer = createThreadedRenderer({ engine: 'onnx', device: 'cpu' });
  const image = await noisePng(96, 96);
  let steps = 0;
  let closing: Promise<void> | undefined;
  const prepared = await renderer.prepare({
    ...{ kind: 'dream', network: 'mini', image, size: 96, octaves: 1, steps: 100 },
  });
  const run = renderer.render(prepared, {
    onFrame() {
      steps++;
      closing ??= renderer.close();
    },
  });
  await expect(run).rejects.toMatchObject({ code: 'aborted' });
  await closing;
  expect(steps).toBeLessThan(100);
});

describe('the real thread on a failing device', () => {
  async function paint(device: FailingDevice) {
    const renderer = createThreadedRenderer(
      {},
      {
        start: () =>
          new Worker(new URL('../../../test/failing-device-worker-from-source.mjs', import.meta.url), {
            workerData: device,
            execArgv: [],
          }),
      },
    );
    onTestFinished(() => renderer.close());
    const before = await renderer.capabilities();
    const image = await noisePng(64, 64);
    const request = { kind: 'dream', network: 'mini', image, size: 64, octaves: 1, steps: 4 } as const;
    const warnings: string[] = [];
    const { trace } = await render(renderer, request, {
      onWarning: (sentence) => void warnings.push(sentence),
    });
    return { before, trace, warnings, after: await renderer.capabilities() };
  }
  it('repeats the run on the CPU, and reports the CPU and the reason from then on', async () => {
    const { before, trace, warnings, after } = await paint({ calls: 2, cause: 'the device was lost' });
    expect(before).toMatchObject({ engine: 'onnx', device: 'webgpu', reason: 'a test' });
    expect(trace).toMatchObject({ device: 'cpu', steps: { length: 4 } });
    const reason = 'webgpu failed, so the CPU is used';
    expect(warnings).toEqual([expect.stringContaining(`${reason}: Error: the device was lost`)]);
    expect(after).toMatchObject({ engine: 'onnx', device: 'cpu', reason });
  });

  it('keeps the device if it only ran out of memory for one run', async () => {
    const { trace, warnings, after } = await paint({ calls: 2, cause: 'failed to allocate a buffer' });
    expect(trace).toMatchObject({ device: 'cpu' });
    expect(warnings).toHaveLength(1);
    expect(after).toMatchObject({ device: 'webgpu', reason: 'a test' });
  });
});
