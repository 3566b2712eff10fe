/** Evaluates an objective over the whole picture at once: one program, forward and backward. */
import type { Engine, Executable, Values } from '../engines/engine.js';
import type { Input, Tensor } from '../graph/graph.js';
import type { Planes } from '../image/planes.js';
import type { Encoder } from '../networks/encoder.js';
import {
  IMAGE,
  meanSquare,
  totalOf,
  weightInputs,
  weightValues,
  type Evaluation,
  type Evaluator,
  type Objective,
} from './objective.js';
import { bindingsOf, imageInput, imageValues, mapSize, type Size } from './pictures.js';

export async function compileWhole(
  engine: Engine,
  encoder: Encoder,
  objective: Objective,
): Promise<Evaluator> {
  const image = imageInput();
  const features = featuresOf(encoder, image);
  const losses = objective.map((term) => term.loss(term.statistics(features(term.layer), term.mask)));
  const weights = weightInputs(objective);
  const total = totalOf(losses, weights);
  const program = await engine.compile({
    outputs: { ...Object.fromEntries(objective.map(({ name }, i) => [name, losses[i]!])), total },
    gradient: { of: total, by: { gradient: image } },
  });
  const references = await compileReferences(engine, encoder, objective);
  let inputs: ReadonlyMap<Input, Values> = new Map();
  return {
    async setTargets({ factors, values, masks, references: pictures }) {
      const bound = new Map(values);
      const normalisers = new Map(factors);
      for (const { name, mask, reference } of objective) {
        if (mask) bound.set(mask, imageValues(masks!.get(mask)!));
        if (!reference) continue;
        const activations = await references.of(reference, pictures!.get(reference)!);
        bound.set(reference, activations);
        normalisers.set(name, 1 / meanSquare(activations.data));
      }
      for (const [weight, value] of weightValues(objective, weights, normalisers)) bound.set(weight, value);
      inputs = bound;
    },
    async evaluate(picture) {
      const results = await program.run({ ...bindingsOf(inputs), image: imageValues(picture) });
      return {
        losses: reported(encoder, objective, results, picture),
        gradient: { ...picture, data: results.gradient!.data },
      };
    },
    async dispose() {
      await Promise.all([program.dispose(), references.dispose()]);
    },
  };
}

/** Activations by layer, with the image itself as the layer IMAGE. */
export function featuresOf(encoder: Encoder, image: Tensor): (layer: string) => Tensor {
  const taps = encoder.encode(image);
  return (layer) => (layer === IMAGE ? image : taps.get(layer)!);
}

/** The losses of an evaluation as they are reported. */
export function reported(
  encoder: Encoder,
  objective: Objective,
  results: Readonly<Record<string, Values>>,
  image: Size,
): Evaluation['losses'] {
  const scalar = (name: string): number => results[name]!.data[0]!;
  const losses = objective.map((term): [string, number] => {
    const value = scalar(term.name);
    if (!term.reported) return [term.name, value];
    const { shape } = encoder.tap(term.layer);
    const { width, height } = mapSize(shape, image);
    return [term.name, term.reported(value, (shape[1] as number) * width * height)];
  });
  return { ...Object.fromEntries(losses), total: scalar('total') };
}

/** Computes the values of the terms' `reference` inputs. */
export interface References {
  of(reference: Input, picture: Planes): Promise<Values>;
  dispose(): Promise<void>;
}

export async function compileReferences(
  engine: Engine,
  encoder: Encoder,
  objective: Objective,
): Promise<References> {
  const programs = new Map<Input, Executable>();
  for (const { reference, layer } of objective)
    if (reference)
      programs.set(
        reference,
        await engine.compile({ outputs: { features: featuresOf(encoder, imageInput())(layer) } }),
      );
  return {
    of: async (reference, picture) =>
      (await programs.get(reference)!.run({ image: imageValues(picture) })).features!,
    async dispose() {
      await Promise.all([...programs.values()].map((program) => program.dispose()));
    },
  };
}
