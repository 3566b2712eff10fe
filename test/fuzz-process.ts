/** Converts one hostile file after the other, as `reverie models import` would, and tells of each. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorMessage, ReverieError } from '../src/errors.js';
import { convertFile } from '../src/weights/convert-file.js';
import type { Shapes } from '../src/weights/manifest.js';
import { InvalidWeights } from '../src/weights/source-weights.js';
import { verifyChecksum } from '../src/weights/checksum.js';
import { openSafetensors } from '../src/pipeline/networks/safetensors.js';
import { CAFFE_SHAPES, mutated, SHAPES, type Format } from './mutations.js';

export interface Told {
  readonly number: number;
  /** `read`, or why it was refused. */
  readonly outcome: string;
  /** Whether that is a sentence of ours and not what a library threw, or what was written is sound. */
  readonly clear: boolean;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

const cpuSeconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;

/** What was written is held against the shapes and its own checksum; its values are finite, or it could not be read. */
async function written(file: string, shapes: Shapes): Promise<boolean> {
  const opened = await openSafetensors(file);
  const right = Object.entries(shapes).every(
    ([name, shape]) => opened.weights(name).shape.join() === shape.join(),
  );
  return right && verifyChecksum(opened) === true;
}

async function attempt(from: string, to: string, format: Format): Promise<Pick<Told, 'outcome' | 'clear'>> {
  const shapes = format === 'caffe' ? CAFFE_SHAPES : SHAPES;
  try {
    await convertFile({ name: 'tiny', from, to, shapes });
  } catch (thrown) {
    const ours =
      thrown instanceof InvalidWeights ||
      (thrown instanceof ReverieError && thrown.code === 'network-broken');
    return { outcome: errorMessage(thrown), clear: ours };
  }
  return { outcome: 'read', clear: await written(to, shapes).catch(() => false) };
}

process.once('message', ({ format, first, count }: { format: Format; first: number; count: number }) => {
  void (async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'reverie-fuzz-'));
    for (let number = first; number < first + count; number++) {
      const from = path.join(folder, `${number}.in`);
      const to = path.join(folder, `${number}.out`);
      await writeFile(from, await mutated(format, number));
      const before = process.cpuUsage();
      const { outcome, clear } = await attempt(from, to, format);
      const told: Told = {
        ...{ number, outcome, clear },
        cpuSeconds: cpuSeconds(process.cpuUsage(before)),
        peakBytes: process.resourceUsage().maxRSS * 1024,
      };
      process.send!(told);
      for (const left of await readdir(folder)) await rm(path.join(folder, left));
    }
    await rm(folder, { recursive: true });
    process.disconnect();
  })();
});
