import { scalar, type Executable, type Values } from '../engines/engine.js';
import {
  add,
  constant,
  input,
  matmul,
  multiply,
  subtract,
  sum,
  type Program,
  type Tensor,
} from '../graph/graph.js';
import { addAt, crop, emptyPlanes, type Planes } from '../image/planes.js';
import { tiles, type Tile } from '../image/tiles.js';
import type { RunContext } from '../recipes/run-context.js';
import { statistics } from './losses.js';
import { StatisticsProgram, maskInput, sizeOf, TileMasks, TILING } from './measure.js';
import {
  imageInput,
  layerLoss,
  reported,
  styleWeights,
  StyleTargetBindings,
  termName,
  valuesOf,
  weightName,
  type Evaluation,
  type FeatureStatistics,
  type Targets,
  type StyleObjective,
  type Terms,
} from './style-terms.js';

/**
 * The loss of a style transfer in two passes over tiles, for pictures that do not fit: the first adds up the
 * statistics of the layers, the second carries the loss's slope by those statistics back to the pixels. Both are
 * exact: the loss depends on the picture through sums over positions alone.
 */
export class TiledStyle implements StyleObjective {
  readonly #maker: StyleTargetBindings;
  #scene: Targets | undefined;
  #tiles: readonly { readonly tile: Tile; readonly bindings: Record<string, Values> }[] = [];
  #regionMasks: readonly ((tap: string) => Planes)[] = [];
  #targets: Readonly<Record<string, Values>> = {};
  #weights: Readonly<Record<string, Values>> = {};
  #contentWeight = 0;
  #contentCount = 0;

  private constructor(
    private readonly context: RunContext,
    private readonly terms: Terms,
    private readonly parts: {
      readonly measure: StatisticsProgram;
      /** Loss of a layer and its slope by [second | mean], by layer. */
      readonly heads: ReadonlyMap<string, Executable>;
      readonly features: Executable | undefined;
      readonly back: Executable;
    },
    private readonly regionCount: number,
  ) {
    this.#maker = new StyleTargetBindings(context.engine, terms.loss);
  }

  static async compile(context: RunContext, terms: Terms, regions: number): Promise<TiledStyle> {
    const taps = context.build(imageInput());
    const names = [...terms.styleWeights.keys()];
    const { engine } = context;
    const heads = new Map<string, Executable>();
    for (const name of names) heads.set(name, await engine.compile(headProgram(taps.get(name)!, terms.loss)));
    const parts = {
      measure: await StatisticsProgram.compile(context, names),
      heads,
      features: terms.contentTap
        ? await engine.compile({ outputs: { features: taps.get(terms.contentTap)! } })
        : undefined,
      back: await engine.compile(backProgram(context, terms, regions)),
    };
    return new TiledStyle(context, terms, parts, regions);
  }

  async setTargets(scene: Targets): Promise<void> {
    const taps = this.context.build(imageInput());
    const { regions, content, width, height } = scene;
    this.#scene = scene;
    this.#weights = styleWeights(this.terms, regions, this.#maker);
    const targets: Record<string, Values> = {};
    const regionMasks: Map<string, Planes>[] = [];
    for (const [r, { targets: wanted, mask }] of regions.entries()) {
      const masks = new Map<string, Planes>();
      for (const tap of this.terms.styleWeights.keys()) {
        Object.assign(targets, await this.#maker.bindings(termName(tap, r), wanted.get(tap)!));
        const size = sizeOf(taps.get(tap)!.shape, scene);
        if (mask) masks.set(tap, await mask(size.width, size.height));
      }
      regionMasks.push(masks);
    }
    this.#targets = targets;
    this.#regionMasks = regionMasks.map((masks) => (tap) => masks.get(tap)!);

    const energy = { sum: 0, count: 0 };
    const { contentTap } = this.terms;
    const list = [];
    for (const tile of tiles(width, height, TILING)) {
      const bindings: Record<string, Values> = {};
      for (const [r, { mask }] of regions.entries())
        for (const tap of this.terms.styleWeights.keys()) {
          const own = new TileMasks(taps.get(tap)!.shape, scene, mask && regionMasks[r]!.get(tap));
          bindings[`mask ${termName(tap, r)}`] = valuesOf(own.of(tile));
        }
      if (contentTap) {
        const { features } = await this.parts.features!.run({ image: valuesOf(crop(content!, tile)) });
        const mask = new TileMasks(taps.get(contentTap)!.shape, scene).core(tile);
        bindings['content target'] = features!;
        bindings['mask content'] = valuesOf(mask);
        accumulate(energy, features!, mask);
      }
      list.push({ tile, bindings });
    }
    this.#tiles = list;
    this.#contentCount = energy.count;
    this.#contentWeight = this.terms.alpha / Math.max(energy.sum / energy.count, 1e-12);
  }

  async evaluate(image: Planes): Promise<Evaluation> {
    const { regions } = this.#scene!;
    const raw: Record<string, number> = {};
    const slopes: Record<string, Values> = {};
    let total = 0;
    const shared = regions.some(({ mask }) => mask) ? undefined : await this.parts.measure.of(image);
    for (let r = 0; r < this.regionCount; r++) {
      const own = shared ?? (await this.parts.measure.of(image, this.#regionMasks[r]));
      for (const [tap, head] of this.parts.heads) {
        const name = termName(tap, r);
        const weight = this.#weights[weightName(name)]!.data[0]!;
        const { loss, slope } = await head.run({
          ...renamed(this.#targets, name),
          moments: moments(own.get(tap)!),
        });
        raw[name] = loss!.data[0]!;
        total += weight * raw[name];
        Object.assign(slopes, split(slope!, name, weight));
      }
    }
    const gradient = emptyPlanes(3, image.width, image.height);
    let content = 0;
    for (const { tile, bindings } of this.#tiles) {
      const result = await this.parts.back.run({
        ...bindings,
        ...slopes,
        [weightName('content')]: scalar(this.#contentWeight / Math.max(1, this.#contentCount)),
        image: valuesOf(crop(image, tile)),
      });
      content += result.content?.data[0] ?? 0;
      addAt(
        gradient,
        { channels: 3, width: tile.width, height: tile.height, data: result.gradient!.data },
        tile.left,
        tile.top,
      );
    }
    if (this.terms.contentTap) {
      raw.content = content / this.#contentCount;
      total += this.#contentWeight * raw.content;
    }
    return { losses: reported(this.terms, { ...raw, total }, this.#contentCount), gradient };
  }

  async dispose(): Promise<void> {
    const { measure, heads, features, back } = this.parts;
    for (const part of [measure, ...heads.values(), features, back]) await part?.dispose();
  }
}

/** [second | mean] as one matrix, so that one gradient tells the slope by both. */
function moments({ second, mean }: FeatureStatistics): Values {
  const channels = second.shape[0]!;
  const data = new Float32Array(channels * (channels + 1));
  for (let c = 0; c < channels; c++) {
    data.set(second.data.subarray(c * channels, (c + 1) * channels), c * (channels + 1));
    data[c * (channels + 1) + channels] = mean.data[c]!;
  }
  return { data, shape: [channels, channels + 1] };
}

/** The slope by [second | mean], weighted, as two inputs of the backward pass. */
function split({ data, shape }: Values, name: string, weight: number): Record<string, Values> {
  const channels = shape[0]!;
  const second = new Float32Array(channels * channels);
  const mean = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    for (let d = 0; d < channels; d++) second[c * channels + d] = weight * data[c * (channels + 1) + d]!;
    mean[c] = weight * data[c * (channels + 1) + channels]!;
  }
  return {
    [`slope of second ${name}`]: { data: second, shape: [channels, channels] },
    [`slope of mean ${name}`]: { data: mean, shape: [channels, 1] },
  };
}

/** The targets of one term, under the names of the head's inputs. */
const renamed = (targets: Readonly<Record<string, Values>>, name: string): Record<string, Values> =>
  Object.fromEntries(
    ['second', 'mean', 'root'].flatMap((kind) => {
      const target = targets[`${kind} ${name}`];
      return target ? [[`${kind} target`, target]] : [];
    }),
  );

/** Columns `from` to `to` of a matrix with C + 1 of them, as a product. */
function columns(x: Tensor, from: number, to: number): Tensor {
  const all = x.shape[1] as number;
  const data = new Float32Array(all * (to - from));
  for (let i = from; i < to; i++) data[i * (to - from) + i - from] = 1;
  return matmul(x, constant(data, [all, to - from]));
}

function headProgram(layer: Tensor, loss: Terms['loss']): Program {
  const channels = layer.shape[1] as number;
  const both = input('moments', [channels, channels + 1]);
  const own = { second: columns(both, 0, channels), mean: columns(both, channels, channels + 1) };
  const of = layerLoss(loss, own, 'target');
  return { outputs: { loss: of }, gradient: { of, by: { slope: both } } };
}

function backProgram(context: RunContext, terms: Terms, regions: number): Program {
  const image = imageInput();
  const taps = context.build(image);
  const parts: Tensor[] = [];
  const outputs: Record<string, Tensor> = {};
  if (terms.contentTap) {
    const features = taps.get(terms.contentTap)!;
    const missed = subtract(features, input('content target', features.shape));
    outputs.content = sum(multiply(multiply(missed, missed), maskInput('content', features)));
    parts.push(multiply(outputs.content, input(weightName('content'), [])));
  }
  for (const tap of terms.styleWeights.keys())
    for (let r = 0; r < regions; r++) {
      const name = termName(tap, r);
      const own = statistics(taps.get(tap)!, maskInput(name, taps.get(tap)!));
      parts.push(sum(multiply(own.second, input(`slope of second ${name}`, own.second.shape))));
      parts.push(sum(multiply(own.mean, input(`slope of mean ${name}`, own.mean.shape))));
    }
  return { outputs, gradient: { of: parts.reduce(add), by: { gradient: image } } };
}

/** Adds the squares of the masked positions. */
function accumulate(energy: { sum: number; count: number }, { data, shape }: Values, mask: Planes): void {
  const area = mask.width * mask.height;
  for (let c = 0; c < shape[1]!; c++)
    for (let p = 0; p < area; p++) {
      if (mask.data[p] === 0) continue;
      energy.sum += data[c * area + p]! ** 2;
      energy.count++;
    }
}
