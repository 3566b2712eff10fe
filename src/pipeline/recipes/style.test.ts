import { fileURLToPath } from 'node:url';
import { LRUCache } from 'lru-cache';
import { expect, it } from 'vitest';
import { ReverieError } from '../../errors.js';
import { createOnnxEngine } from '../engines/onnx/onnx.js';
import { scopedEngine } from '../engines/scoped-engine.js';
import { emptyPlanes } from '../image/planes.js';
import { NETWORKS, WeightStore } from '../networks/weight-store.js';
import type { RunContext } from './run-context.js';
import { style } from './style.js';
import type { PreparedStyle } from '../prepared-run.js';

it('a run that is cancelled between an untiled and a tiled scale is reported as aborted', async () => {
  const network = NETWORKS.mini;
  const weights = await new WeightStore(fileURLToPath(new URL('.', import.meta.url))).weights('mini');
  let stepped = false;
  const context: RunContext = {
    engine: scopedEngine(createOnnxEngine(), () => {
      if (stepped) throw new ReverieError('aborted', 'That picture was cancelled.');
    }),
    // So many channels that nothing larger than a tile fits into memory.
    network: { ...network, taps: [{ ...network.taps[0]!, channels: 1e6 }] },
    weights,
    version: '',
    pictures: {
      at: (_picture, width, height) => Promise.resolve(emptyPlanes(3, width, height)),
      frames: () => {
        throw new Error('nothing is animated here');
      },
      file: () => {
        throw new Error('nothing is taught here');
      },
    },
    targets: new LRUCache({ max: 1 }),
    random: () => 0,
    learningRateScale: 1,
  };
  const scales = [
    { width: 32, height: 32, steps: 1 },
    { width: 500, height: 32, steps: 1 },
  ];
  const steps = style(
    context,
    {
      ...{ kind: 'style', seed: 0, scales, request: {} as PreparedStyle['request'], pooling: 'average' },
      network: 'mini',
      plan: {
        kind: 'style',
        network: 'mini',
        technique: 'optimise',
        width: 500,
        height: 32,
        scales: 2,
        steps: 2,
        cost: 1,
      },
      ...{ content: 'black', start: 'black', contentTap: 'block1_conv1', styleTaps: [], styles: [] },
      ...{ alpha: 1, beta: 0, gamma: 0, loss: 'gram', colour: 'style' },
      ...{ parametrisation: 'pixels', optimiser: 'adam' },
    },
    () => Promise.reject(new Error('nothing is painted with swift here')),
  );
  expect((await steps.next()).done).toBe(false);
  stepped = true;
  await expect(steps.next()).rejects.toMatchObject({ code: 'aborted' });
});
