/** Runs whose losses or pixels are no longer finite numbers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { noisePng } from '../../../test/fixtures.js';
import { render } from '../../../test/render.js';
import { createOnnxEngine } from '../engines/onnx/onnx.js';
import type { Engine, Values } from '../engines/engine.js';
import { openSafetensors } from '../networks/safetensors.js';
import type { RenderRequestInput } from '../requests.js';
import { createRenderer } from './local.js';

const BUNDLED = new URL('../../../models/mini.safetensors', import.meta.url).pathname;
const LAYER = 'block1_conv1';

/** The bundled network with one layer's weights so many times as large: activations too, by that factor. */
async function writeScaled(file: string, factor: number): Promise<void> {
  const { shapes, weights } = await openSafetensors(BUNDLED);
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [name, shape] of shapes) {
    const own = name.startsWith(LAYER) ? factor : 1;
    const data = weights(name).data.map((value) => value * own);
    header[name] = { dtype: 'F32', shape, data_offsets: [end, (end += data.byteLength)] };
    parts.push(new Uint8Array(data.buffer));
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(file, Buffer.concat([length, json, ...parts]));
}

const STEPS = 5;

async function dream(strength = 4): Promise<RenderRequestInput> {
  const image = await noisePng(64, 64);
  const targets = [{ layer: LAYER }];
  return { kind: 'dream', network: 'mini', image, targets, size: 64, octaves: 1, steps: STEPS, strength };
}

/** Computes well but for some steps, counted from 1 over all attempts, whose `output` is not a number. */
function faultyEngine(isFaulty: (step: number) => boolean, output: 'total' | 'gradient') {
  const engine = createOnnxEngine();
  let steps = 0;
  const compile: Engine['compile'] = async (program) => {
    const compiled = await engine.compile(program);
    return {
      dispose: () => compiled.dispose(),
      async run(inputs) {
        const out: Record<string, Values> = await compiled.run(inputs);
        if (isFaulty(++steps)) out[output]!.data.fill(NaN);
        return out;
      },
    };
  };
  return createRenderer({}, () => Promise.resolve({ ...engine, compile }));
}

it('a run that diverges is restarted with a quarter of the learning rate, and the operator is warned', async () => {
  const told: (number | string)[] = [];
  const { image, trace } = await render(
    faultyEngine((step) => step === 3, 'total'),
    await dream(4),
    {
      onWarning: (sentence) => void told.push(sentence),
      onFrame: ({ step }) => void told.push(step),
    },
  );
  expect(told).toEqual([1, 2, expect.stringMatching(/diverged at step 3.* 0\.25 times/), 1, 2, 3, 4, 5]);
  expect(trace.steps).toHaveLength(STEPS);
  expect(image.data).toEqual((await render(createRenderer(), await dream(1))).image.data);
});

it('a run whose last step produces NaN pixels is restarted too', async () => {
  const { image } = await render(
    faultyEngine((step) => step === STEPS, 'gradient'),
    await dream(4),
  );
  expect(image.data).toEqual((await render(createRenderer(), await dream(1))).image.data);
});

it('a run that diverges at the smaller learning rate too fails with a clear message', async () => {
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'reverie-diverged-'));
  onTestFinished(() => rm(modelsDir, { recursive: true }));
  // Their squares are beyond the largest float, whatever the picture.
  await writeScaled(path.join(modelsDir, 'mini.safetensors'), 1e30);
  const warnings: string[] = [];
  const picture = render(createRenderer({ modelsDir }), await dream(), {
    onWarning: (sentence) => void warnings.push(sentence),
  });
  await expect(picture).rejects.toMatchObject({
    code: 'render-failed',
    sentence: expect.stringMatching(/became unstable/) as string,
    details: { reason: 'diverged' },
  });
  expect(warnings).toHaveLength(1);
});
