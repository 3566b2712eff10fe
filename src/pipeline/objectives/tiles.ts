/**
 * Evaluates an objective over tiles, for pictures that do not fit into memory. It is exact: losses depend on the
 * activations through statistics alone, and statistics add up over tiles. A first pass adds them up; the losses and
 * their gradients by the statistics follow; a second pass carries those gradients back to the pixels of each tile.
 */
import type { Bindings, Engine, Executable, Values } from '../engines/engine.js';
import { add, input, multiply, sum, type Input, type Tensor } from '../graph/graph.js';
import { addAt, crop, emptyPlanes, type Planes } from '../image/planes.js';
import { tiles, type Tile } from '../image/tiles.js';
import type { Encoder } from '../networks/encoder.js';
import {
  IMAGE,
  totalOf,
  weightInputs,
  weightValues,
  type Evaluation,
  type Evaluator,
  type Objective,
  type Targets,
} from './objective.js';
import { bindingsOf, imageInput, imageValues, type Size } from './pictures.js';
import { TileMasks, TILING } from './tile-masks.js';
import { compileReferences, compileWhole, featuresOf, reported, type References } from './whole-picture.js';

export async function compileTiled(
  engine: Engine,
  encoder: Encoder,
  objective: Objective,
): Promise<Evaluator> {
  const onImage = objective.filter(({ layer }) => layer === IMAGE);
  const onLayers = objective.filter(({ layer }) => layer !== IMAGE);
  const parts = tiledParts(encoder, onLayers);
  return new TiledEvaluator(encoder, onLayers, parts, {
    statistics: await engine.compile({ outputs: byName(parts, ({ tensor }) => tensor) }),
    losses: await engine.compile(lossProgram(onLayers, parts)),
    pixels: await engine.compile(pixelProgram(parts)),
    references: await compileReferences(engine, encoder, onLayers),
    // Terms of the image itself need no activations, so they fit into memory whole.
    image: onImage.length > 0 ? await compileWhole(engine, encoder, onImage) : undefined,
  });
}

/** One statistic of one term. */
interface Part {
  readonly term: number;
  readonly statistic: string;
  /** Unique among the parts. */
  readonly name: string;
  /** Computed from a tile of the image. */
  readonly tensor: Tensor;
  /** The same, added up over all tiles, as an input. */
  readonly total: Input;
  /** The gradient of the objective by the statistic, as an input. */
  readonly slope: Input;
}

interface Parts {
  readonly image: Input;
  /** The tile masks, a term each. */
  readonly masks: readonly Input[];
  readonly weights: readonly Input[];
  readonly list: readonly Part[];
}

function tiledParts(encoder: Encoder, terms: Objective): Parts {
  const image = imageInput();
  const features = featuresOf(encoder, image);
  const masks = terms.map(({ name, layer }) => {
    const [batch, , height, width] = encoder.tap(layer).shape;
    return input(`tile mask of ${name}`, [batch!, 1, height!, width!]);
  });
  const list = terms.flatMap((term, i) =>
    Object.entries(term.statistics(features(term.layer), masks[i])).map(([statistic, tensor]): Part => {
      const name = `${statistic} of ${term.name}`;
      const { shape } = tensor;
      return {
        ...{ term: i, statistic, name, tensor },
        total: input(`total ${name}`, shape),
        slope: input(`slope by ${name}`, shape),
      };
    }),
  );
  return { image, masks, weights: weightInputs(terms), list };
}

const byName = ({ list }: Parts, of: (part: Part) => Tensor): Record<string, Tensor> =>
  Object.fromEntries(list.map((part) => [part.name, of(part)]));

/** The losses, and the gradients by the statistics, from the statistics of the whole picture. */
function lossProgram(terms: Objective, parts: Parts) {
  const losses = terms.map((term, i) => {
    const own = parts.list.filter((part) => part.term === i);
    return term.loss(Object.fromEntries(own.map(({ statistic, total }) => [statistic, total])));
  });
  const total = totalOf(losses, parts.weights);
  return {
    outputs: { ...Object.fromEntries(terms.map(({ name }, i) => [name, losses[i]!])), total },
    gradient: { of: total, by: byName(parts, (part) => part.total) },
  };
}

/** The gradient by a tile's pixels, from the gradients by the statistics. */
function pixelProgram({ image, list }: Parts) {
  const of = list.map(({ tensor, slope }) => sum(multiply(tensor, slope))).reduce(add);
  return { outputs: {}, gradient: { of, by: { gradient: image } } };
}

interface Programs {
  readonly statistics: Executable;
  readonly losses: Executable;
  readonly pixels: Executable;
  readonly references: References;
  /** The terms of the image itself. */
  readonly image: Evaluator | undefined;
}

class TiledEvaluator implements Evaluator {
  #targets: Targets = {};
  #bound: BoundTargets | undefined;

  constructor(
    private readonly encoder: Encoder,
    private readonly terms: Objective,
    private readonly parts: Parts,
    private readonly programs: Programs,
  ) {}

  async setTargets(targets: Targets): Promise<void> {
    this.#targets = targets;
    this.#bound = undefined;
    await this.programs.image?.setTargets(targets);
  }

  async evaluate(image: Planes): Promise<Evaluation> {
    const { list, weights } = await this.#bindTiles(image);
    const totals = await addOver(this.programs.statistics, list, image);
    const targets = this.#targets.values ?? [];
    const results = await this.programs.losses.run({
      ...bindingsOf(targets),
      ...bindingsOf(weights),
      ...bindingsOf(this.parts.list.map(({ total, name }) => [total, totals[name]!])),
    });
    const slopes = bindingsOf(this.parts.list.map(({ slope, name }) => [slope, results[name]!]));
    const gradient = emptyPlanes(3, image.width, image.height);
    for (const { tile, bindings } of list) {
      const part = await this.programs.pixels.run({
        ...{ ...bindings, ...slopes },
        image: imageValues(crop(image, tile)),
      });
      const { width, height, left, top } = tile;
      addAt(gradient, { channels: 3, width, height, data: part.gradient!.data }, left, top);
    }
    const evaluation = { losses: reported(this.encoder, this.terms, results, image), gradient };
    const own = await this.programs.image?.evaluate(image);
    return own ? added(evaluation, own) : evaluation;
  }

  /** The targets as each tile sees them. */
  async #bindTiles(image: Size): Promise<BoundTargets> {
    const known = this.#bound;
    if (known?.width === image.width && known.height === image.height) return known;
    const { factors, values = [], references, masks } = this.#targets;
    const tileMasks = this.terms.map(
      ({ layer, mask }) => new TileMasks(this.encoder.tap(layer).shape, image, mask && masks?.get(mask)),
    );
    const energies = this.terms.map(() => ({ sum: 0, count: 0 }));
    const list: BoundTile[] = [];
    for (const tile of tiles(image.width, image.height, TILING)) {
      const bound = new Map<Input, Values>(values);
      for (const [i, { reference }] of this.terms.entries()) {
        const mask = tileMasks[i]!.of(tile);
        bound.set(this.parts.masks[i]!, imageValues(mask));
        if (!reference) continue;
        const picture = crop(references!.get(reference)!, tile);
        const activations = await this.programs.references.of(reference, picture);
        bound.set(reference, activations);
        accumulate(energies[i]!, activations, mask);
      }
      list.push({ tile, bindings: bindingsOf(bound) });
    }
    const normalisers = new Map(factors);
    for (const [i, { name, reference }] of this.terms.entries())
      if (reference) normalisers.set(name, 1 / Math.max(energies[i]!.sum / energies[i]!.count, 1e-12));
    const weights = weightValues(this.terms, this.parts.weights, normalisers);
    this.#bound = { width: image.width, height: image.height, list, weights };
    return this.#bound;
  }

  async dispose(): Promise<void> {
    const { statistics, losses, pixels, references, image } = this.programs;
    for (const part of [statistics, losses, pixels, references, image]) await part?.dispose();
  }
}

/** What the programs are given besides pixels, for pictures of one size. */
interface BoundTargets extends Size {
  readonly list: readonly BoundTile[];
  readonly weights: readonly (readonly [Input, Values])[];
}

export interface BoundTile {
  readonly tile: Tile;
  readonly bindings: Bindings;
}

/** Runs a program on every tile of a picture and adds its outputs up. */
export async function addOver(
  program: Executable,
  list: readonly BoundTile[],
  picture: Planes,
): Promise<Record<string, Values>> {
  const sums: Record<string, Values> = {};
  for (const { tile, bindings } of list)
    for (const [name, { data, shape }] of Object.entries(
      await program.run({ ...bindings, image: imageValues(crop(picture, tile)) }),
    )) {
      const total = sums[name];
      if (!total) sums[name] = { data: data.slice(), shape };
      else for (let i = 0; i < data.length; i++) total.data[i]! += data[i]!;
    }
  return sums;
}

function added(a: Evaluation, b: Evaluation): Evaluation {
  const total = a.losses.total + b.losses.total;
  const data = a.gradient.data.map((g, i) => g + b.gradient.data[i]!);
  return { losses: { ...a.losses, ...b.losses, total }, gradient: { ...a.gradient, data } };
}

/** Adds up the squares at the positions of a tile's core. */
function accumulate(energy: { sum: number; count: number }, { data, shape }: Values, mask: Planes): void {
  const area = mask.width * mask.height;
  for (let c = 0; c < shape[1]!; c++)
    for (let p = 0; p < area; p++) {
      if (mask.data[p] === 0) continue;
      energy.sum += data[c * area + p]! ** 2;
      energy.count++;
    }
}
