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

it('a run that is cancelled between a whole scale and one in tiles says so', async () => {
  const network = NETWORKS.mini;
  const weights = await new WeightStore(fileURLToPath(new URL('.', import.meta.url))).weights('mini');
  let stepped = false;
  const context: RunContext = {
    engine: scopedEngine(createOnnxEngine(), () => {
      if (stepped) throw new ReverieError('aborted', 'That picture was cancelled.');
    }),
    // So wide that nothing larger than a tile fits.
    network: { ...network, taps: [{ ...network.taps[0]!, channels: 1e6 }] },
    weights,
    version: '',
    build: (image) => network.build(image, weights),
    targets: new LRUCache({ max: 1 }),
    random: () => 0,
    learningRateScale: 1,
    onStep() {
      stepped = true;
    },
  };
  const black = (width: number, height: number) => Promise.resolve(emptyPlanes(3, width, height));
  const run = style(context, {
    terms: { loss: 'gram', contentTap: 'block1_conv1', alpha: 1, styleWeights: new Map() },
    variation: 0,
    scales: [
      { width: 32, height: 32, steps: 1 },
      { width: 400, height: 32, steps: 1 },
    ],
    regions: { count: 0, masked: false },
    parametrisation: 'pixels',
    optimiser: 'adam',
    start: black,
    content: black,
    styles: () => Promise.resolve([]),
    finish: (image) => Promise.resolve(image),
  });
  await expect(run).rejects.toMatchObject({ code: 'aborted' });
});
