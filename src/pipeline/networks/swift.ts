/**
 * `swift`, the project's own feed-forward network: repaints a picture in any style in one pass.
 *
 * The shape is that of Johnson, Alahi and Fei-Fei ("Perceptual Losses for Real-Time Style Transfer", 2016) with nearest
 * upsampling. A style enters by the scale and shift of every instance normalisation (Dumoulin et al., "A Learned
 * Representation for Artistic Style", 2017); `style-code.ts` computes them from a style picture. The network adds to
 * its input in logit space, so it only has to learn strokes: the colours are matched before (`image/colour.ts`).
 */
import {
  add,
  clamp,
  convolution,
  cropLike,
  instanceNorm,
  log,
  multiply,
  reflectionPad,
  relu,
  scale,
  sigmoid,
  subtract,
  constant,
  upsampleNearest,
  type Tensor,
} from '../graph/graph.js';
import { keras } from './network.js';
import type { Weights } from './safetensors.js';

/** A convolution that an instance normalisation follows. */
export interface NormalisedLayer {
  readonly name: string;
  readonly into: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  /** Factor by which its input is enlarged first. */
  readonly enlarge: number;
  /** Pixels of the picture per position of its output, along one side. */
  readonly step: number;
}

const layer = (
  name: string,
  into: number,
  out: number,
  step: number,
  { kernel = 3, stride = 1, enlarge = 1 } = {},
): NormalisedLayer => ({ name, into, out, kernel, stride, enlarge, step });

const WIDTHS = [24, 48, 96] as const;
const [NARROW, MIDDLE, WIDE] = WIDTHS;
const RESIDUAL_BLOCKS = 5;

const DOWN = [
  layer('down1', 3, NARROW, 1, { kernel: 9 }),
  layer('down2', NARROW, MIDDLE, 2, { stride: 2 }),
  layer('down3', MIDDLE, WIDE, 4, { stride: 2 }),
];
const RESIDUALS = Array.from({ length: RESIDUAL_BLOCKS }, (_, i) =>
  (['a', 'b'] as const).map((part) => layer(`residual${i + 1}${part}`, WIDE, WIDE, 4)),
);
const UP = [layer('up1', WIDE, MIDDLE, 2, { enlarge: 2 }), layer('up2', MIDDLE, NARROW, 1, { enlarge: 2 })];
const OUT = { name: 'out', into: NARROW, out: 3, kernel: 9 };

/** In the order in which the style code's perceptron lists their scales and shifts. */
export const NORMALISED_LAYERS: readonly NormalisedLayer[] = [...DOWN, ...RESIDUALS.flat(), ...UP];

/** Added to the variances of content and style in training when colours are matched, so that grey pictures do not become gaudy. */
export const COLOUR_RIDGE = { own: 2e-3, target: 2e-4, least: 1e-5 };

/** The sides of a picture must be multiples of this. */
export const GRID = 4;

/** Pixels around a part of a picture that the network has to see to paint that part exactly, if the statistics are given. */
export const HALO = 60;

/** Normalises the output of a layer's convolution, [1, C, H, W], in a style. */
export type Normalise = (x: Tensor, layer: NormalisedLayer) => Tensor;

/** Bounds of the colours that are turned into logits. */
const [DARKEST, BRIGHTEST] = [0.02, 0.98];

/**
 * The painted picture, [1, 3, H, W] in [0,1].
 * @param matched the content with the style's colours, RGB in [0,1], sides multiples of `GRID`
 */
export function paint(matched: Tensor, weights: Weights, normalise: Normalise): Tensor {
  const parameters = keras(weights);
  const convolve = (
    x: Tensor,
    { name, into, kernel, stride = 1 }: { name: string; into: number; kernel: number; stride?: number },
  ) => {
    const { kernel: values, bias } = parameters(name, into);
    return convolution(reflectionPad(x, kernel >> 1), values, bias, stride, 0);
  };
  const step = (x: Tensor, at: NormalisedLayer): Tensor =>
    normalise(convolve(at.enlarge > 1 ? upsampleNearest(x, at.enlarge) : x, at), at);

  let x = subtract(scale(matched, 2), one);
  for (const at of DOWN) x = relu(step(x, at));
  for (const [first, second] of RESIDUALS) x = add(x, step(relu(step(x, first!)), second!));
  for (const at of UP) x = relu(step(x, at));
  return sigmoid(add(cropLike(convolve(x, OUT), matched), logit(clamp(matched, DARKEST, BRIGHTEST))));
}

const one = constant(new Float32Array([1]), []);

const logit = (p: Tensor): Tensor => subtract(log(p), log(subtract(one, p)));

/** Scale and shift of each normalised layer, [1, C, 1, 1], after a normalisation by the picture's own statistics. */
export type Affine = (layer: NormalisedLayer) => { readonly scale: Tensor; readonly shift: Tensor };

/** Ulyanov et al., "Instance Normalization: The Missing Ingredient for Fast Stylization" (2016). */
export const normaliseWith =
  (affine: Affine): Normalise =>
  (x, at) => {
    const { scale: factor, shift } = affine(at);
    return instanceNorm(x, factor, shift, EPSILON);
  };

/** The same with statistics that scale and shift contain already. */
export const affineOnly =
  (affine: Affine): Normalise =>
  (x, at) => {
    const { scale: factor, shift } = affine(at);
    return add(multiply(x, factor), shift);
  };

/** Added to the variance. */
export const EPSILON = 1e-5;

/** Multiply-adds per pixel of the picture. */
export const MULTIPLY_ADDS = [...NORMALISED_LAYERS, { ...OUT, step: 1 }].reduce(
  (sum, { into, out, kernel, step }) => sum + (into * out * kernel ** 2) / step ** 2,
  0,
);
