/** Runs whose numbers run away: the network's weights are so large that its activations leave the range of floats. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noisePng } from '../../../test/fixtures.js';
import type { RenderRequestInput } from '../requests.js';
import type { Engine } from '../engines/engine.js';
import { createOnnxEngine } from '../engines/onnx/onnx.js';
import { openSafetensors } from '../networks/safetensors.js';
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

describe('a run whose numbers run away', () => {
  let folder: string;
  let request: RenderRequestInput;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'reverie-gentle-'));
    request = {
      kind: 'dream',
      network: 'mini',
      image: await noisePng(64, 64),
      targets: [{ layer: LAYER }],
      size: 64,
      octaves: 1,
      steps: 12,
      strength: 10,
    };
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** @param factor at which a longer run in whole steps leaves the range of floats, or sooner */
  async function run(factor: number) {
    await writeScaled(path.join(folder, 'mini.safetensors'), factor);
    const told: (number | string)[] = [];
    const picture = createRenderer({ modelsDir: folder }).render(request, {
      onWarning: (sentence) => void told.push(sentence),
      onFrame: ({ step }) => void told.push(step),
    });
    return { picture, told };
  }

  it('is begun again with shorter steps, and said to the operator', async () => {
    const { picture, told } = await run(3.4e16);
    const { trace } = await picture;
    expect(trace.steps).toHaveLength(12);
    const warning = told.findIndex((one) => typeof one === 'string');
    expect(told[warning]).toMatch(/ran away at step 9/);
    expect(told.slice(0, warning)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(told.slice(warning + 1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('fails clearly when shorter steps lead there too', async () => {
    const { picture, told } = await run(5e16);
    await expect(picture).rejects.toMatchObject({
      code: 'render-failed',
      sentence: expect.stringMatching(/became unstable/) as string,
    });
    expect(told.filter((one) => typeof one === 'string')).toHaveLength(1);
  });
});

it('a device that answers the last step with no number is asked again', async () => {
  const steps = 3;
  let runs = 0;
  const engine = createOnnxEngine();
  const faulty: Engine = {
    ...engine,
    async compile(program) {
      const compiled = await engine.compile(program);
      return {
        dispose: () => compiled.dispose(),
        async run(inputs) {
          const out = await compiled.run(inputs);
          if (++runs === steps) out.gradient!.data.fill(NaN);
          return out;
        },
      };
    },
  };
  const image = await noisePng(64, 64);
  const request = { kind: 'dream', network: 'mini', image, size: 64, octaves: 1, steps } as const;
  const { image: picture } = await createRenderer({}, () => Promise.resolve(faulty)).render(request);
  expect(runs).toBe(2 * steps);
  expect(Math.max(...picture.data)).toBeGreaterThan(0);
});
