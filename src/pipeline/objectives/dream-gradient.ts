/** The gradient of a dream's objective by a picture of any size. */
import type { Bindings, Executable } from '../engines/engine.js';
import { add, input, mean, multiply, scale, type Tensor } from '../graph/graph.js';
import { cutWrapped, paste, tilesOf } from '../image/mosaic.js';
import { emptyPlanes, fitSides, type Planes } from '../image/planes.js';
import type { PreparedDream } from '../prepared-run.js';
import type { RunContext } from '../recipes/run-context.js';
import type { Target } from '../requests.js';
import { channelWeights, energy, match, weighted } from './dream.js';

export type DreamObjective = Pick<PreparedDream, 'targets' | 'objective' | 'guide'>;

/** Longest side of a tile: what bounds the memory of a step. */
export const TILE = 512;
/** The guide's longest side, and the most positions of a layer that each position is compared with. */
const GUIDE = { longest: 224, positions: 1024 };

export interface ActivationObjective {
  /** The objective at a picture, and its gradient. */
  evaluate(picture: Planes): Promise<{ readonly total: number; readonly gradient: Planes }>;
  /** Goes for other channels of the first target, as many as before. */
  selectChannels(channels: Channels): void;
  dispose(): Promise<void>;
}

const imageInput = () => input('image', [1, 3, 'height', 'width']);
const bind = ({ data, width, height }: Planes): Bindings => ({
  image: { data, shape: [1, 3, height, width] },
});

type Channels = readonly [number, number];

const maskName = (index: number): string => `channels ${index}`;
const channelsOf = (taps: ReadonlyMap<string, Tensor>, layer: string) => taps.get(layer)!.shape[1] as number;

/** A target's layer with everything but its channels at 0, and how many times more there is than they are. */
function selected(taps: ReadonlyMap<string, Tensor>, { layer, channels }: Target, index: number) {
  const features = taps.get(layer)!;
  if (!channels) return { features, ratio: 1 };
  const count = channelsOf(taps, layer);
  return {
    features: multiply(input(maskName(index), [1, count, 1, 1]), features),
    ratio: count / (channels[1] - channels[0] + 1),
  };
}

/** Which of a layer's channels count. */
function mask(
  taps: ReadonlyMap<string, Tensor>,
  layer: string,
  index: number,
  [from, to]: Channels,
): Bindings {
  const count = channelsOf(taps, layer);
  const data = Float32Array.from({ length: count }, (_, c) => (c >= from && c <= to ? 1 : 0));
  return { [maskName(index)]: { data, shape: [1, count, 1, 1] } };
}

function masks(taps: ReadonlyMap<string, Tensor>, targets: readonly Target[]): Bindings {
  const named = targets.map(({ layer, channels }, i) => (channels ? mask(taps, layer, i, channels) : {}));
  return Object.assign({}, ...named) as Bindings;
}

export async function compileActivationObjective(
  context: RunContext,
  wanted: DreamObjective,
): Promise<ActivationObjective> {
  const { engine, network, weights } = context;
  const image = imageInput();
  const taps = network.build(image, weights);
  const total = wanted.targets
    .map((target, i) => {
      const { features, ratio } = selected(taps, target, i);
      const own = value(features, `guide ${i}`, target, wanted, network.classifier);
      return scale(own, target.weight * ratio);
    })
    .reduce(add);
  let bindings = masks(taps, wanted.targets);
  if (wanted.guide)
    bindings = { ...bindings, ...(await lookAtGuide(context, wanted.targets, wanted.guide, bindings)) };
  const program = await engine.compile({
    outputs: { total },
    gradient: { of: total, by: { gradient: image } },
  });
  return {
    evaluate: (picture) => gradientOf(program, picture, bindings),
    selectChannels(channels) {
      bindings = { ...bindings, ...mask(taps, wanted.targets[0]!.layer, 0, channels) };
    },
    dispose: () => program.dispose(),
  };
}

/** Scores of classes go below zero, where their squares would grow again: they are climbed by their mean. */
function value(
  features: Tensor,
  name: string,
  { layer }: Target,
  { objective, guide }: DreamObjective,
  classifier: string | undefined,
): Tensor {
  const count = features.shape[1]!;
  if (guide?.by === 'match')
    return match(features, input(name, [1, count, `${name} height`, `${name} width`]));
  if (guide?.by === 'channels') return weighted(features, input(name, [1, count, 1, 1]));
  return objective === 'mean' || layer === classifier ? mean(features) : energy(features);
}

async function gradientOf(program: Executable, picture: Planes, bindings: Bindings) {
  const { width, height } = picture;
  const gradient = emptyPlanes(3, width, height);
  let total = 0;
  for (const tile of tilesOf(width, height, TILE)) {
    const part = await program.run({ ...bindings, ...bind(cutWrapped(picture, tile)) });
    paste(gradient, tile, part.gradient!.data);
    total += (part.total!.data[0]! * tile.width * tile.height) / (width * height);
  }
  return { total, gradient };
}

/** The guide's features at each target (`match`), or what its channels weigh (`channels`). */
async function lookAtGuide(
  { engine, network, weights, pictures }: RunContext,
  targets: readonly Target[],
  guide: NonNullable<DreamObjective['guide']>,
  chosen: Bindings,
): Promise<Bindings> {
  const { by } = guide;
  const taps = network.build(imageInput(), weights);
  const bindings: Record<string, Bindings[string]> = {};
  for (const [i, target] of targets.entries()) {
    const program = await engine.compile({ outputs: { features: selected(taps, target, i).features } });
    const look = async (longest: number) => {
      const { width, height } = fitSides(guide, longest, network.sideMin);
      const picture = await pictures.at(guide.picture, width, height);
      return (await program.run({ ...chosen, ...bind(picture) })).features!;
    };
    try {
      let longest = GUIDE.longest;
      let features = await look(longest);
      const positions = () => features.shape[2]! * features.shape[3]!;
      while (by === 'match' && positions() > GUIDE.positions && longest > network.sideMin) {
        longest = Math.max(network.sideMin, longest / 2);
        features = await look(longest);
      }
      const count = features.shape[1]!;
      bindings[`guide ${i}`] =
        by === 'match' ? features : { data: channelWeights(features.data, count), shape: [1, count, 1, 1] };
    } finally {
      await program.dispose();
    }
  }
  return bindings;
}
