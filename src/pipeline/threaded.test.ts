import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { Renderer } from './contract.js';
import { createThreadedRenderer } from './threaded.js';

const request = { kind: 'dream' as const, image: new Uint8Array(1) };

/** Threads that speak the protocol and misbehave: the first so many of them `fault`, the others answer. */
function start(fault: string, times: number): { renderer: Renderer; started: () => number } {
  let started = 0;
  const renderer = createThreadedRenderer(
    {},
    {
      stallMs: 2000,
      start: () =>
        new Worker(
          `const { parentPort } = require('node:worker_threads');
           parentPort.on('message', ({ type, id }) => {
             if (type !== 'render') return;
             ${started++ < times ? fault : `parentPort.postMessage({ type: 'done', id, result: 'picture' });`}
           });`,
          { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16 } },
        ),
    },
  );
  return { renderer, started: () => started };
}

describe('a thread that fails', () => {
  let renderer: Renderer;
  afterEach(() => renderer.close());

  for (const [name, fault] of [
    ['hangs', 'for (;;);'],
    ['crashes', `throw new Error('device lost');`],
    ['ends', 'process.exit(3);'],
    ['runs out of memory', 'const held = []; for (;;) held.push(new Array(1e5).fill({}));'],
  ] as const) {
    it(`${name}: is started anew, and its run repeated`, async () => {
      const line = start(fault, 1);
      renderer = line.renderer;
      expect(await renderer.render(request)).toBe('picture');
      expect(line.started()).toBe(2);
    });

    it(`${name} twice: fails clearly, and the next run goes on`, async () => {
      const line = start(fault, 2);
      renderer = line.renderer;
      await expect(renderer.render(request)).rejects.toMatchObject({ code: 'render-failed' });
      expect(await renderer.render(request)).toBe('picture');
    });
  }
});

it('a run is given up at once, whatever its thread is busy with; the next one gets another', async () => {
  const { renderer } = start('for (;;);', 1);
  const abort = new AbortController();
  const run = renderer.render(request, { signal: abort.signal });
  abort.abort();
  await expect(run).rejects.toMatchObject({ code: 'aborted' });
  expect(await renderer.render(request)).toBe('picture');
  await renderer.close();
});
