/** What the loss of a style transfer is made of: the parts that the whole and the tiled evaluation share. */
import { scalar, type Bindings, type Engine, type Values } from '../engines/engine.js';
import { input, type Tensor } from '../graph/graph.js';
import type { Planes } from '../image/planes.js';
import { covariance, gramLoss, wassersteinLoss, type Statistics } from './losses.js';
import { squareRoots } from './matrix-root.js';

/** α·content + β·Σ w_l·E_l, each term divided by the energy of its target, so that α : β means the same everywhere. */
export interface Terms {
  readonly loss: 'gram' | 'wasserstein';
  /** The layer that keeps the content; absent where there is none. */
  readonly contentTap: string | undefined;
  readonly alpha: number;
  /** β·w_l by layer. */
  readonly styleWeights: ReadonlyMap<string, number>;
}

/** The statistics of a layer, as they were measured. */
export interface FeatureStatistics {
  /** [C, C] */
  readonly second: Values;
  /** [C, 1] */
  readonly mean: Values;
}

/** One style, and where in the picture it goes. */
export interface Region {
  readonly targets: ReadonlyMap<string, FeatureStatistics>;
  /** Its share of the picture, 0 to 1. */
  readonly share: number;
  /** Its mask with mean T² = 1 at a layer's size; absent where it goes everywhere. */
  readonly mask?: (width: number, height: number) => Promise<Planes>;
}

/** What is aimed at, at one scale. */
export interface Targets {
  readonly width: number;
  readonly height: number;
  /** The content picture at this size, where there is one. */
  readonly content: Planes | undefined;
  readonly regions: readonly Region[];
}

export interface Evaluation {
  /** The content loss and each E_l in the papers' own units; `total` is what is optimised. */
  readonly losses: Readonly<Record<string, number>>;
  /** By the image. */
  readonly gradient: Planes;
}

/** The loss of a picture and its gradient. */
export interface StyleObjective {
  /** Takes the targets of a scale. */
  setTargets(scene: Targets): Promise<void>;
  evaluate(image: Planes): Promise<Evaluation>;
  dispose(): Promise<void>;
}

export const imageInput = (): Tensor => input('image', [1, 3, 'height', 'width']);
export const valuesOf = ({ data, channels, width, height }: Planes): Values => ({
  data,
  shape: [1, channels, height, width],
});

/** Names a layer's term of a region. */
export const termName = (tap: string, region: number): string =>
  region === 0 ? tap : `${tap} ${region + 1}`;

/** The distance of a layer's statistics to the target that `TargetMaker` binds under the same name. */
export function layerLoss(loss: Terms['loss'], own: Statistics, name: string): Tensor {
  if (loss === 'gram') return gramLoss(own, input(`second ${name}`, own.second.shape));
  return wassersteinLoss(own, {
    root: input(`root ${name}`, own.second.shape),
    mean: input(`mean ${name}`, own.mean.shape),
  });
}

/** Binds the inputs of `layerLoss`. */
export class StyleTargetBindings {
  constructor(
    private readonly engine: Engine,
    private readonly loss: Terms['loss'],
  ) {}

  async bindings(name: string, { second, mean }: FeatureStatistics): Promise<Bindings> {
    if (this.loss === 'gram') return { [`second ${name}`]: second };
    return { [`mean ${name}`]: mean, [`root ${name}`]: await this.#root(second, mean) };
  }

  /** What a target's loss is divided by: the mean square of a Gram matrix, or the mean energy of a channel. */
  energy({ second: { data, shape } }: FeatureStatistics): number {
    if (this.loss === 'gram') return meanSquare(data);
    let sum = 0;
    for (let c = 0; c < shape[0]!; c++) sum += data[c * (shape[0]! + 1)]!;
    return Math.max(sum / shape[0]!, 1e-12);
  }

  async #root(second: Values, mean: Values): Promise<Values> {
    const own = { second: input('second', second.shape), mean: input('mean', mean.shape) };
    const program = await this.engine.compile({ outputs: { root: squareRoots(covariance(own)).root } });
    try {
      return (await program.run({ second, mean })).root!;
    } finally {
      await program.dispose();
    }
  }
}

/** Turns raw losses into those of the papers: ½Σ(F − P)², and E_l = Σ(G − A)²/(4C²) for G = F·Fᵀ/N. */
export function reported(
  terms: Terms,
  raw: Readonly<Record<string, number>>,
  contentCount: number,
): Record<string, number> {
  const style = terms.loss === 'gram' ? 0.25 : 1;
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [
      name,
      name === 'total' ? value : name === 'content' ? (value * contentCount) / 2 : value * style,
    ]),
  );
}

export function meanSquare(data: Float32Array): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  return Math.max(sum / data.length, 1e-12);
}

export const weightName = (name: string): string => `weight ${name}`;

/** β·w_l·share/energy of every layer of every region, by the names of their weights. */
export function styleWeights(
  terms: Terms,
  regions: readonly Region[],
  maker: StyleTargetBindings,
): Record<string, Values> {
  return Object.fromEntries(
    regions.flatMap(({ targets, share }, r) =>
      [...terms.styleWeights].map(([tap, weight]) => [
        weightName(termName(tap, r)),
        scalar((weight * share) / maker.energy(targets.get(tap)!)),
      ]),
    ),
  );
}
