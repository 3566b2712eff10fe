/** The subprocess of `fuzz.ts`: converts one hostile file after the other, as `reverie models import` would. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorMessage, ReverieError } from '../src/errors.js';
import { openSafetensors } from '../src/pipeline/networks/safetensors.js';
import { verifyChecksum } from '../src/weights/checksum.js';
import { convertFile } from '../src/weights/convert-file.js';
import type { Shapes } from '../src/weights/manifest.js';
import { InvalidWeights } from '../src/weights/source-weights.js';
import { CAFFE_SHAPES, mutatedFile, SHAPES, type Format } from './mutations.js';

export interface FuzzResult {
  readonly number: number;
  /** `read`, or the reason why the file was refused. */
  readonly outcome: string;
  /** Whether the converted file is valid, or the reason is one of our own messages instead of a library's. */
  readonly clear: boolean;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

export interface FuzzTask {
  readonly format: Format;
  readonly first: number;
  readonly count: number;
}

process.once('message', (task: FuzzTask) => {
  void run(task);
});

async function run({ format, first, count }: FuzzTask): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reverie-fuzz-'));
  for (let number = first; number < first + count; number++) {
    const from = path.join(folder, `${number}.in`);
    const to = path.join(folder, `${number}.out`);
    await writeFile(from, await mutatedFile(format, number));
    const before = process.cpuUsage();
    const { outcome, clear } = await convertHostile(from, to, format);
    const { user, system } = process.cpuUsage(before);
    const result: FuzzResult = {
      ...{ number, outcome, clear },
      cpuSeconds: (user + system) / 1e6,
      peakBytes: process.resourceUsage().maxRSS * 1024,
    };
    process.send!(result);
    for (const leftover of await readdir(folder)) await rm(path.join(folder, leftover));
  }
  await rm(folder, { recursive: true });
  process.disconnect();
}

async function convertHostile(
  from: string,
  to: string,
  format: Format,
): Promise<Pick<FuzzResult, 'outcome' | 'clear'>> {
  const shapes = format === 'caffe' ? CAFFE_SHAPES : SHAPES;
  try {
    await convertFile({ name: 'tiny', from, to, shapes });
  } catch (thrown) {
    const ours =
      thrown instanceof InvalidWeights ||
      (thrown instanceof ReverieError && thrown.code === 'network-broken');
    return { outcome: errorMessage(thrown), clear: ours };
  }
  return { outcome: 'read', clear: await isValid(to, shapes).catch(() => false) };
}

/** Whether a converted file has the right shapes and checksum. Values that are not finite fail to open. */
async function isValid(file: string, shapes: Shapes): Promise<boolean> {
  const opened = await openSafetensors(file);
  const right = Object.entries(shapes).every(
    ([name, shape]) => opened.weights(name).shape.join() === shape.join(),
  );
  return right && verifyChecksum(opened) === true;
}
