/**
 * Seconds a step of our engine beside PyTorch: turn and turn about in one run, so that both meet the same machine. Each
 * takes the GPU where it sees one.
 */
import { availableParallelism, loadavg } from 'node:os';
import { SingleBar } from 'cli-progress';
import type { Bindings, Engine, Values } from '../src/pipeline/engines/engine.js';
import { chooseEngine } from '../src/pipeline/engines/choose-engine.js';
import * as g from '../src/pipeline/graph/graph.js';
import { NETWORKS, WeightStore } from '../src/pipeline/networks/weight-store.js';
import type { Pooling } from '../src/pipeline/networks/network.js';
import type { Weights } from '../src/pipeline/networks/safetensors.js';
import { modelsDir } from './models.js';
import { startPeer } from './peer.js';

const ROUNDS = 7;
const CASES = [
  ['style', 256],
  ['style', 384],
  ['style', 512],
  ['style of maxima', 384],
  ['dream', 384],
] as const;
const DREAM_LAYER = 'inception_4c/output';

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** What the machine can do where others use it at the same time. */
const fastest = (values: readonly number[]): number => Math.min(...values);

export async function speed(): Promise<void> {
  const threads = availableParallelism();
  const peer = await startPeer('steps.py');
  const theirDevice = typeof peer !== 'string' && peer.cuda ? 'cuda' : 'cpu';
  const weightStore = new WeightStore(modelsDir);
  const engine = await chooseEngine();
  const steps = {
    style: await styleStep(engine, await weightStore.weights('vgg19'), 'average'),
    'style of maxima': await styleStep(engine, await weightStore.weights('vgg19'), 'max'),
    dream: await dreamStep(engine, await weightStore.weights('googlenet')),
  };
  const version = typeof peer === 'string' ? peer : `PyTorch ${peer.version} on ${theirDevice}`;
  console.log(`Ours: ${engine.reason}`);
  console.log(`${threads} threads, load ${loadavg()[0]!.toFixed(2)}, median of ${ROUNDS}\n`);
  console.log(`| step | ours, s | ${version}, s | ratio | ours, fastest | theirs, fastest | ratio |`);
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  const bar = new SingleBar({ format: '{bar} {value}/{total}  {what}', clearOnComplete: true });
  bar.start(CASES.length * ROUNDS, 0, { what: '' });
  const rows: string[] = [];
  for (const [kind, size] of CASES) {
    const job = { kind, size, threads, device: theirDevice };
    const ours: number[] = [];
    const theirs: number[] = [];
    const step = await steps[kind](size);
    await step();
    if (typeof peer !== 'string') await peer.ask(job);
    for (let round = 0; round < ROUNDS; round++) {
      const begun = performance.now();
      await step();
      ours.push((performance.now() - begun) / 1000);
      if (typeof peer !== 'string') theirs.push((await peer.ask(job)).seconds);
      bar.increment({ what: `${kind} ${size} px` });
    }
    rows.push(
      `| ${kind} ${size} px | ${[median, fastest].flatMap((of) => compare(of, ours, theirs)).join(' | ')} |`,
    );
  }
  bar.stop();
  console.log(rows.join('\n'));
  console.log(`\nload after ${loadavg()[0]!.toFixed(2)}`);
  if (typeof peer !== 'string') peer.stop();
}

/** Ours, theirs and theirs over ours. */
function compare(
  of: (times: readonly number[]) => number,
  ours: readonly number[],
  theirs: readonly number[],
) {
  const own = of(ours);
  if (theirs.length === 0) return [own.toFixed(3), '', ''];
  return [own.toFixed(3), of(theirs).toFixed(3), (of(theirs) / own).toFixed(2)];
}

type Stepper = (size: number) => Promise<() => Promise<unknown>>;

const imageInput = () => g.input('image', [1, 3, 'height', 'width']);
const distance = (a: g.Tensor, b: g.Tensor) => {
  const difference = g.subtract(a, b);
  return g.mean(g.multiply(difference, difference));
};

/** A picture of noise: its values neither vanish nor repeat. */
function noise(size: number, seed: number): Values {
  let x = seed;
  const data = Float32Array.from({ length: 3 * size * size }, () => {
    x = (Math.imul(1664525, x) + 1013904223) >>> 0;
    return x / 2 ** 32;
  });
  return { data, shape: [1, 3, size, size] };
}

/** VGG19 to conv5_1, five Gram matrices, one content term, the gradient of the image. */
async function styleStep(engine: Engine, weights: Weights, pooling: Pooling): Promise<Stepper> {
  const network = NETWORKS.vgg19;
  const { styleTaps, contentTap } = network.style!;
  const of = network.build(imageInput(), weights, { pooling });
  const targets = await engine.compile({
    outputs: {
      [contentTap]: of.get(contentTap)!,
      ...Object.fromEntries(styleTaps.map((tap) => [tap, g.gram(of.get(tap)!)])),
    },
  });
  const image = imageInput();
  const taps = network.build(image, weights, { pooling });
  const features = taps.get(contentTap)!;
  const total = styleTaps
    .map((tap) => {
      const own = g.gram(taps.get(tap)!);
      return distance(own, g.input(tap, own.shape));
    })
    .reduce(g.add, distance(features, g.input(contentTap, features.shape)));
  const objective = await engine.compile({
    outputs: { total },
    gradient: { of: total, by: { gradient: image } },
  });
  return async (size) => {
    const bindings: Bindings = { ...(await targets.run({ image: noise(size, 1) })), image: noise(size, 2) };
    return () => objective.run(bindings);
  };
}

/** GoogLeNet to inception_4c/output, ½‖a‖², the gradient of the image. */
async function dreamStep(engine: Engine, weights: Weights): Promise<Stepper> {
  const image = imageInput();
  const layer = NETWORKS.googlenet.build(image, weights).get(DREAM_LAYER)!;
  const total = g.scale(g.sum(g.multiply(layer, layer)), 0.5);
  const objective = await engine.compile({
    outputs: { total },
    gradient: { of: total, by: { gradient: image } },
  });
  return (size) => {
    const bindings = { image: noise(size, 1) };
    return Promise.resolve(() => objective.run(bindings));
  };
}
