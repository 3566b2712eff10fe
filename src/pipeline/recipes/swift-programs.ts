/** Programs that paint with swift in one style, or in several that share the picture by masks. */
import type { Bindings, Values } from '../engines/engine.js';
import {
  add,
  constant,
  input,
  instanceNorm,
  multiply,
  spatialMean,
  type Program,
  type Tensor,
} from '../graph/graph.js';
import type { Modulation } from '../networks/style-code.js';
import {
  EPSILON,
  NORMALISED_LAYERS,
  paint,
  type Normalise,
  type NormalisedLayer,
} from '../networks/swift.js';
import type { Weights } from '../networks/safetensors.js';

/**
 * @property regions how many styles share the picture; one has no mask
 * @property statistics the means and variances that the picture is normalised with: its own, its own that are returned
 *   as well, or given ones, which `withStatistics` puts into the modulations
 */
export interface SwiftVariant {
  readonly regions: number;
  readonly statistics: 'own' | 'returned' | 'given';
}

/** Mean and variance of every channel by layer. */
export type LayerStatistics = ReadonlyMap<
  string,
  { readonly mean: Float32Array; readonly variance: Float32Array }
>;

/** The inputs are `matched`, [1, 3, H, W], and those of `modulationBindings` and `maskBindings`. The output is `picture`. */
export function swiftProgram(weights: Weights, { regions, statistics }: SwiftVariant): Program {
  const outputs: Record<string, Tensor> = {};
  const normalise: Normalise = (x, layer) => {
    if (statistics === 'returned')
      Object.assign(outputs, {
        [`mean ${layer.name}`]: spatialMean(x),
        [`second ${layer.name}`]: spatialMean(multiply(x, x)),
      });
    const own = statistics !== 'given';
    if (regions > 1) {
      const { scale, shift } = blended(x, layer, regions);
      return add(multiply(own ? standardised(x, layer) : x, scale), shift);
    }
    const { scale, shift } = modulationInputs(layer, 0);
    return own ? instanceNorm(x, scale, shift, EPSILON) : add(multiply(x, scale), shift);
  };
  outputs.picture = paint(input('matched', [1, 3, 'height', 'width']), weights, normalise);
  return { outputs };
}

const modulationInputs = ({ name, out }: NormalisedLayer, region: number) => ({
  scale: input(`scale ${name} ${region}`, [1, out, 1, 1]),
  shift: input(`shift ${name} ${region}`, [1, out, 1, 1]),
});

const standardised = (x: Tensor, { out }: NormalisedLayer): Tensor =>
  instanceNorm(
    x,
    constant(new Float32Array(out).fill(1), [1, out, 1, 1]),
    constant(new Float32Array(out), [1, out, 1, 1]),
    EPSILON,
  );

/** Scale and shift at every position: those of the regions, mixed by their masks. */
function blended(x: Tensor, layer: NormalisedLayer, regions: number) {
  const [, , height, width] = x.shape;
  const parts = Array.from({ length: regions }, (_, region) => {
    const mask = input(`mask ${region} ${layer.name}`, [1, 1, height!, width!]);
    const { scale, shift } = modulationInputs(layer, region);
    return { scale: multiply(mask, scale), shift: multiply(mask, shift) };
  });
  return {
    scale: parts.map(({ scale }) => scale).reduce((a, b) => add(a, b)),
    shift: parts.map(({ shift }) => shift).reduce((a, b) => add(a, b)),
  };
}

/** @param modulations one for each region */
export function modulationBindings(modulations: readonly Modulation[]): Bindings {
  const bindings: Record<string, Values> = {};
  for (const [region, modulation] of modulations.entries())
    for (const [name, { scale, shift }] of modulation) {
      bindings[`scale ${name} ${region}`] = { data: scale, shape: [1, scale.length, 1, 1] };
      bindings[`shift ${name} ${region}`] = { data: shift, shape: [1, shift.length, 1, 1] };
    }
  return bindings;
}

/**
 * @param at the mask of each region at `step` pixels per position: [H/step × W/step] values that add up to 1 over the regions
 */
export const maskBindings = (regions: number, at: (region: number, step: number) => Values): Bindings =>
  Object.fromEntries(
    NORMALISED_LAYERS.flatMap(({ name, step }) =>
      Array.from({ length: regions }, (_, region) => [`mask ${region} ${name}`, at(region, step)] as const),
    ),
  );

/** The statistics that a program with the variant `returned` gave. */
export const returnedStatistics = (results: Readonly<Record<string, Values>>): LayerStatistics =>
  new Map(
    NORMALISED_LAYERS.map(({ name }) => {
      const mean = results[`mean ${name}`]!.data;
      const second = results[`second ${name}`]!.data;
      return [name, { mean, variance: second.map((value, c) => Math.max(0, value - mean[c]! ** 2)) }];
    }),
  );

/** The modulation that includes the normalisation by given statistics. */
export const withStatistics = (modulation: Modulation, statistics: LayerStatistics): Modulation =>
  new Map(
    [...modulation].map(([name, { scale, shift }]) => {
      const { mean, variance } = statistics.get(name)!;
      const factor = scale.map((value, c) => value / Math.sqrt(variance[c]! + EPSILON));
      return [name, { scale: factor, shift: shift.map((value, c) => value - mean[c]! * factor[c]!) }];
    }),
  );
