/**
 * Judges finished pictures with a network that is not asked what the run optimised: VGG19 as it was trained, with max
 * pools and zero padding, over the picture's file.
 *
 * A loss is Σ(a − b)² / Σb², where b is the target. The content loss is at block4_conv2. The style loss is the mean over
 * the five style layers, between Gram matrices F·Fᵀ/N. Large strokes hardly show in Gram matrices at full size, because
 * the receptive fields are small there. `style3` is therefore the mean of the style losses at full, half and a quarter of
 * the size, with the picture and the style resized alike.
 *
 * Picture and style have the same longest side and each its own proportions, in sides that are multiples of 4 (rounded),
 * resized with Lanczos. Other conventions (a square style, a style of the content's shape, exact sides) give style losses
 * that differ by up to 16 %.
 */
import { createOnnxEngine } from '../src/pipeline/engines/onnx/onnx.js';
import type { Values } from '../src/pipeline/engines/engine.js';
import * as g from '../src/pipeline/graph/graph.js';
import { decode } from '../src/pipeline/image/decode.js';
import { inspect } from '../src/pipeline/image/inspect.js';
import { toPlanes } from '../src/pipeline/image/planes.js';
import { NETWORKS, WeightStore } from '../src/pipeline/networks/weight-store.js';
import type { Size } from '../src/pipeline/prepared-run.js';
import { modelsDir } from './models.js';
import { judgedSize, type Pair } from './pairs.js';

export interface Judgement {
  readonly content: number;
  readonly style: number;
  readonly style3: number;
}

/** Judges a picture file. A picture of another size is resized to the pair's. */
export type JudgePicture = (file: Uint8Array) => Promise<Judgement>;

const FRACTIONS = [1, 1 / 2, 1 / 4];
/** Smaller pictures shrink to nothing before the last layer. */
const SIDE_MIN = 16;

/** @throws ReverieError `network-missing` without VGG19 */
export async function createJudge(): Promise<(pair: Pair) => Promise<JudgePicture>> {
  const network = NETWORKS.vgg19;
  const { styleTaps, contentTap } = network.style!;
  const weights = await new WeightStore(modelsDir).weights(network.name);
  const taps = network.build(g.input('image', [1, 3, 'height', 'width']), weights, {
    pooling: 'max',
    edges: 'zeros',
  });
  const engine = createOnnxEngine();
  const grams = Object.fromEntries(styleTaps.map((tap) => [tap, g.gram(taps.get(tap)!)]));
  const program = await engine.compile({ outputs: { ...grams, content: taps.get(contentTap)! } });

  const look = async (file: Uint8Array, size: Size, fraction: number) => {
    const width = Math.max(SIDE_MIN, size.width * fraction);
    const height = Math.max(SIDE_MIN, size.height * fraction);
    const { data } = toPlanes(await decode(file, width, height));
    return program.run({ image: { data, shape: [1, 3, height, width] } });
  };

  return async ({ content, style, size }) => {
    const styleSize = judgedSize(await inspect(style), Math.max(size.width, size.height));
    const kept = (await look(content, size, 1)).content!;
    const wanted: Record<string, Values>[] = [];
    for (const fraction of FRACTIONS) wanted.push(await look(style, styleSize, fraction));
    return async (file) => {
      const styles: number[] = [];
      let ofContent = 0;
      for (const [i, fraction] of FRACTIONS.entries()) {
        const seen = await look(file, size, fraction);
        styles.push(mean(styleTaps.map((tap) => distance(seen[tap]!, wanted[i]![tap]!))));
        if (fraction === 1) ofContent = distance(seen.content!, kept);
      }
      return { content: ofContent, style: styles[0]!, style3: mean(styles) };
    };
  };
}

/** Σ(a − b)² / Σb² */
function distance({ data: a }: Values, { data: b }: Values): number {
  let apart = 0;
  let energy = 0;
  b.forEach((value, i) => {
    apart += (a[i]! - value) ** 2;
    energy += value ** 2;
  });
  return apart / energy;
}

export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
