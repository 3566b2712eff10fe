/**
 * What a picture is worth, over the seconds it took. The judge is not what was optimised: VGG19 with max pools looks at
 * the finished PNG.
 */
import { loadavg } from 'node:os';
import { SingleBar } from 'cli-progress';
import type { StyleRequest } from '../src/pipeline/requests.js';
import { createOnnxEngine } from '../src/pipeline/engines/onnx/onnx.js';
import * as g from '../src/pipeline/graph/graph.js';
import { decode } from '../src/pipeline/image/decode.js';
import { encodePng } from '../src/pipeline/image/encode.js';
import { toPlanes } from '../src/pipeline/image/planes.js';
import { NETWORKS, WeightStore } from '../src/pipeline/networks/weight-store.js';
import { createRenderer } from '../src/pipeline/runtime/local.js';
import { createPresets } from '../src/styles/presets.js';
import { drawScene } from '../src/styles/scenes/index.js';
import { modelsDir } from './models.js';

const SIZE = 384;

type Variant = Partial<Pick<StyleRequest, 'parametrisation' | 'loss'>>;
type Run = Variant & { readonly steps: number };

const VARIANTS: readonly Variant[] = [
  { parametrisation: 'fourier' },
  { parametrisation: 'pixels' },
  { loss: 'wasserstein' },
];
/** The recipe after more and more steps, then what is optimised and the style loss at the most. */
const RUNS: Readonly<Record<'mini' | 'vgg19', readonly Run[]>> = {
  mini: [
    ...[100, 200, 278].map((steps) => ({ steps })),
    ...VARIANTS.map((variant) => ({ steps: 278, ...variant })),
  ],
  vgg19: [
    ...[50, 100].map((steps) => ({ steps })),
    ...VARIANTS.map((variant) => ({ steps: 100, ...variant })),
  ],
};

/** @param only the network to paint with; both without it */
export async function quality(only?: string): Promise<void> {
  const content = await drawScene('landscape');
  const style = await createPresets().png('starry');
  const renderer = createRenderer({ modelsDir });
  const judge = await openJudge(content, style);
  console.log(`${SIZE} px, load ${loadavg()[0]!.toFixed(2)}; losses over the energy of their targets\n`);
  console.log(
    '| network | variant | steps | seconds | content | style |\n| --- | --- | --- | --- | --- | --- |',
  );
  console.log(`| the content itself | | | | ${await judge(content)} |`);
  for (const network of ['mini', 'vgg19'] as const) {
    if (only !== undefined && only !== network) continue;
    for (const { steps, ...variant } of RUNS[network]) {
      const bar = new SingleBar({ format: `${network} {bar} {value}/{total}`, clearOnComplete: true });
      bar.start(steps, 0);
      const styles = [{ image: style }];
      const request = { kind: 'style', content, styles, network, size: SIZE, steps, ...variant } as const;
      const { image, trace } = await renderer.render(await renderer.prepare(request), {
        onFrame({ step }) {
          bar.update(step);
        },
      });
      bar.stop();
      console.log(
        `| ${network} | ${Object.values(variant).join()} | ${steps} | ${trace.seconds.toFixed(1)} | ${await judge(await encodePng(image))} |`,
      );
    }
  }
  await renderer.close();
}

/** Judges picture files against a content and a style file, all at the benchmark's size. */
async function openJudge(content: Uint8Array, style: Uint8Array) {
  const network = NETWORKS.vgg19;
  const { styleTaps, contentTap } = network.style!;
  const weights = await new WeightStore(modelsDir).weights('vgg19');
  const taps = network.build(g.input('image', [1, 3, 'height', 'width']), weights, { pooling: 'max' });
  const program = await createOnnxEngine().compile({
    outputs: {
      content: taps.get(contentTap)!,
      ...Object.fromEntries(styleTaps.map((tap) => [tap, g.gram(taps.get(tap)!)])),
    },
  });
  const look = async (file: Uint8Array) => {
    const { data } = toPlanes(await decode(file, SIZE, SIZE));
    return program.run({ image: { data, shape: [1, 3, SIZE, SIZE] } });
  };
  const target = { content: (await look(content)).content!.data, style: await look(style) };
  return async (file: Uint8Array): Promise<string> => {
    const seen = await look(file);
    const layers = styleTaps.map((tap) => distance(seen[tap]!.data, target.style[tap]!.data));
    const ofStyle = layers.reduce((a, b) => a + b) / layers.length;
    return `${distance(seen.content!.data, target.content).toFixed(3)} | ${ofStyle.toFixed(3)}`;
  };
}

/** Σ(a − b)² / Σb² */
function distance(a: Float32Array, b: Float32Array): number {
  let apart = 0;
  let energy = 0;
  b.forEach((value, i) => {
    apart += (a[i]! - value) ** 2;
    energy += value ** 2;
  });
  return apart / energy;
}
