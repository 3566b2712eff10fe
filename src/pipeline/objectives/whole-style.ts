import { scalar, type Executable, type Values } from '../engines/engine.js';
import { add, input, multiply, type Program, type Tensor } from '../graph/graph.js';
import { sizeAt } from '../graph/graph.js';
import type { Planes } from '../image/planes.js';
import type { RunContext } from '../recipes/run-context.js';
import { contentLoss, statistics } from './losses.js';
import {
  imageInput,
  layerLoss,
  meanSquare,
  reported,
  styleWeights,
  StyleTargetBindings,
  termName,
  valuesOf,
  weightName,
  type Evaluation,
  type Targets,
  type StyleObjective,
  type Terms,
} from './style-terms.js';

const maskName = (tap: string, region: number): string => `mask ${termName(tap, region)}`;

/** The loss of a style transfer in one program: forward and backward over the whole picture at once. */
export class WholeStyle implements StyleObjective {
  readonly #maker: StyleTargetBindings;
  #bindings: Readonly<Record<string, Values>> = {};
  #contentCount = 0;

  private constructor(
    private readonly context: RunContext,
    private readonly terms: Terms,
    private readonly objective: Executable,
    private readonly features: Executable | undefined,
  ) {
    this.#maker = new StyleTargetBindings(context.engine, terms.loss);
  }

  /** @param regions how many there are @param masked whether they have masks */
  static async compile(
    context: RunContext,
    terms: Terms,
    regions: number,
    masked: boolean,
  ): Promise<WholeStyle> {
    const { engine } = context;
    const { contentTap } = terms;
    const image = imageInput();
    const features = contentTap
      ? await engine.compile({ outputs: { features: context.build(image).get(contentTap)! } })
      : undefined;
    const objective = await engine.compile(objectiveProgram(context, terms, regions, masked));
    return new WholeStyle(context, terms, objective, features);
  }

  async setTargets({ content, regions, width, height }: Targets): Promise<void> {
    const bindings: Record<string, Values> = styleWeights(this.terms, regions, this.#maker);
    const taps = this.context.build(imageInput());
    for (const [r, { targets, mask }] of regions.entries())
      for (const tap of this.terms.styleWeights.keys()) {
        Object.assign(bindings, await this.#maker.bindings(termName(tap, r), targets.get(tap)!));
        if (!mask) continue;
        const [, , rows, columns] = taps.get(tap)!.shape;
        const at = { height, width };
        bindings[maskName(tap, r)] = valuesOf(await mask(sizeAt(columns!, at), sizeAt(rows!, at)));
      }
    if (this.features) {
      const { features } = await this.features.run({ image: valuesOf(content!) });
      bindings['content target'] = features!;
      bindings[weightName('content')] = scalar(this.terms.alpha / meanSquare(features!.data));
      this.#contentCount = features!.data.length;
    }
    this.#bindings = bindings;
  }

  async evaluate(image: Planes): Promise<Evaluation> {
    const { gradient, ...outputs } = await this.objective.run({ ...this.#bindings, image: valuesOf(image) });
    const raw = Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data[0]!]));
    return {
      losses: reported(this.terms, raw, this.#contentCount),
      gradient: { ...image, data: gradient!.data },
    };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.objective.dispose(), this.features?.dispose()]);
  }
}

function objectiveProgram(context: RunContext, terms: Terms, regions: number, masked: boolean): Program {
  const image = imageInput();
  const taps = context.build(image);
  const raw: Record<string, Tensor> = {};
  if (terms.contentTap) {
    const features = taps.get(terms.contentTap)!;
    raw.content = contentLoss(features, input('content target', features.shape));
  }
  for (const tap of terms.styleWeights.keys())
    for (let r = 0; r < regions; r++) {
      const layer = taps.get(tap)!;
      const [batch, , height, width] = layer.shape;
      const mask = masked ? input(maskName(tap, r), [batch!, 1, height!, width!]) : undefined;
      raw[termName(tap, r)] = layerLoss(terms.loss, statistics(layer, mask), termName(tap, r));
    }
  const total = Object.entries(raw)
    .map(([name, loss]) => multiply(loss, input(weightName(name), [])))
    .reduce(add);
  return { outputs: { ...raw, total }, gradient: { of: total, by: { gradient: image } } };
}
