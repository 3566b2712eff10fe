/** Plain Gatys in PyTorch (`peers/gatys.py`), which `curve` compares with. */
import { availableParallelism } from 'node:os';
import { decode } from '../src/pipeline/image/decode.js';
import { inspect } from '../src/pipeline/image/inspect.js';
import { WeightStore } from '../src/pipeline/networks/weight-store.js';
import type { Size } from '../src/pipeline/prepared-run.js';
import type { Snapshot } from './methods.js';
import { modelsDir } from './models.js';
import { judgedSize, type Pair } from './pairs.js';
import { startPeer } from './peer.js';

export interface Gatys {
  /**
   * @param isWanted says of each step whether its picture is taken; the last one always is
   * @param onStep called with each step's number
   */
  paint(
    pair: Pair,
    steps: number,
    isWanted: (step: number, seconds: number) => boolean,
    onStep: (step: number) => void,
  ): Promise<Snapshot[]>;
  stop(): void;
}

/** Returns the reason when it cannot start. */
export async function startGatys(): Promise<Gatys | string> {
  const weights = await new WeightStore(modelsDir).find('vgg19');
  if (!weights) return 'skipped: VGG19 is not installed';
  const peer = await startPeer('gatys.py');
  if (typeof peer === 'string') return peer;
  const device = peer.cuda ? 'cuda' : 'cpu';
  await peer.ask({ kind: 'open', weights, threads: availableParallelism(), device });

  const take = async (step: number, seconds: number, size: Size): Promise<Snapshot> => {
    const { rgb } = await peer.ask({ kind: 'picture' });
    return { step, seconds, image: { ...size, data: new Uint8Array(Buffer.from(rgb!, 'base64')) } };
  };

  return {
    async paint({ content, style, size }, steps, isWanted, onStep) {
      const styleSize = judgedSize(await inspect(style), Math.max(size.width, size.height));
      const pictures = { content: await pixels(content, size), style: await pixels(style, styleSize) };
      const taken: Snapshot[] = [];
      let { seconds } = await peer.ask({ kind: 'start', ...pictures });
      for (let step = 1; step <= steps; step++) {
        seconds += (await peer.ask({ kind: 'step' })).seconds;
        onStep(step);
        if (isWanted(step, seconds) || step === steps) taken.push(await take(step, seconds, size));
      }
      return taken;
    },
    stop: () => {
      peer.stop();
    },
  };
}

async function pixels(file: Uint8Array, { width, height }: Size) {
  const { data } = await decode(file, width, height);
  return { width, height, rgb: Buffer.from(data).toString('base64') };
}
