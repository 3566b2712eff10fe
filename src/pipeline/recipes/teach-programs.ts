/** What swift is taught with: the losses of its training, differentiated by the modulation of one style. */
import {
  add,
  averagePool,
  constant,
  gram,
  input,
  multiply,
  power,
  scale,
  type Input,
  type Program,
  type Tensor,
} from '../graph/graph.js';
import { scalar, type Bindings, type Values } from '../engines/engine.js';
import type { Encoder } from '../networks/encoder.js';
import type { Weights } from '../networks/safetensors.js';
import type { Modulation } from '../networks/style-code.js';
import { normaliseWith, paint, type Affine } from '../networks/swift.js';
import { contentDistance } from '../objectives/content.js';
import { meanSquare } from '../objectives/objective.js';
import { gramDistance } from '../objectives/style.js';
import { variationOf } from '../objectives/variation.js';
import type { Losses } from '../renderer.js';

/** Weights of the style loss and of the total variation, beside the content loss. */
const STYLE_WEIGHT = 9;
const VARIATION_WEIGHT = 0.05;
/** Under the root of a layer's style loss, which keeps one layer from outweighing the others. */
const SOFTENING = 1e-3;
/** The style is compared at the full size, a half and a quarter: large strokes show where the picture is small. */
const SIZES = [1, 2, 4];

/** The network that judges the picture (Johnson et al. 2016, section 3.2), and its layers. */
export interface LossNetwork {
  readonly encoder: Encoder;
  readonly contentTap: string;
  readonly styleTaps: readonly string[];
}

/** What the losses compare. */
interface Features {
  readonly content: Tensor;
  /** The Gram matrices of each size, by name. */
  readonly grams: readonly Readonly<Record<string, Tensor>>[];
}

/** @param image [1, 3, H, W] in [0,1] */
function featuresOf(image: Tensor, { encoder, contentTap, styleTaps }: LossNetwork): Features {
  const taps = SIZES.map((size) =>
    encoder.encode(size === 1 ? image : averagePool(image, { kernel: size, stride: size, pad: 0 })),
  );
  return {
    content: taps[0]!.get(contentTap)!,
    grams: SIZES.map((size, i) =>
      Object.fromEntries(
        // A quarter of a picture is too small for the last layer.
        (size < 4 ? styleTaps : styleTaps.slice(0, -1)).map((tap) => [
          `gram ${size} ${tap}`,
          gram(taps[i]!.get(tap)!),
        ]),
      ),
    ),
  };
}

/** The input is `image`, [1, 3, H, W] in [0,1]. The outputs are what `contentBindings` and `teachingProgram` take. */
export function lossNetworkProgram(lossNetwork: LossNetwork): Program {
  const { content, grams } = featuresOf(input('image', [1, 3, 'height', 'width']), lossNetwork);
  return { outputs: { content, ...(Object.assign({}, ...grams) as Record<string, Tensor>) } };
}

/** The features of the content, by the outputs of `lossNetworkProgram` over the content picture. */
export const contentBindings = ({ content }: Readonly<Record<string, Values>>): Bindings => ({
  content: content!,
  'content factor': scalar(1 / meanSquare(content!.data)),
});

/** Scale and shift of every normalised layer, by the names of their inputs. */
export const modulationArrays = (modulation: Modulation): ReadonlyMap<string, Float32Array> =>
  new Map(
    [...modulation].flatMap(([name, { scale: factor, shift }]) => [
      [`scale ${name}`, factor],
      [`shift ${name}`, shift],
    ]),
  );

/**
 * The inputs are `matched`, [1, 3, H, W] in [0,1], the modulation, and those of `contentBindings`. The outputs are
 * `picture`, the losses and their sum `total`, and its gradients by the modulation, by `gradientOf` the inputs' names.
 * @param style the outputs of `lossNetworkProgram` over the style picture
 */
export function teachingProgram(
  weights: Weights,
  lossNetwork: LossNetwork,
  style: Readonly<Record<string, Values>>,
): Program {
  const by: Record<string, Input> = {};
  const parameter = (name: string, channels: number): Input =>
    (by[gradientOf(name)] = input(name, [1, channels, 1, 1]));
  const affine: Affine = ({ name, out }) => ({
    scale: parameter(`scale ${name}`, out),
    shift: parameter(`shift ${name}`, out),
  });
  const picture = paint(input('matched', [1, 3, 'height', 'width']), weights, normaliseWith(affine));
  const found = featuresOf(picture, lossNetwork);
  const content = multiply(
    contentDistance(found.content, input('content', found.content.shape)),
    input('content factor', []),
  );
  const root = ([name, matrix]: [string, Tensor]): Tensor => {
    const { data, shape } = style[name]!;
    const distance = scale(gramDistance(matrix, constant(data, shape)), 1 / meanSquare(data));
    return power(add(distance, constant(new Float32Array([SOFTENING]), [])), 0.5);
  };
  const ofStyle = meanOf(found.grams.map((grams) => meanOf(Object.entries(grams).map(root))));
  const variation = variationOf(picture);
  const total = [content, scale(ofStyle, STYLE_WEIGHT), scale(variation, VARIATION_WEIGHT)].reduce(add);
  return {
    outputs: { picture, 'content loss': content, 'style loss': ofStyle, 'variation loss': variation, total },
    gradient: { of: total, by },
  };
}

/** The name of the gradient by an input. */
export const gradientOf = (name: string): string => `gradient ${name}`;

const meanOf = (values: readonly Tensor[]): Tensor => scale(values.reduce(add), 1 / values.length);

/** The losses of the program's results, as they are reported. */
export const lossesOf = (results: Readonly<Record<string, Values>>): Losses =>
  Object.fromEntries(
    (['content', 'style', 'variation'] as const)
      .map((name): [string, number] => [name, results[`${name} loss`]!.data[0]!])
      .concat([['total', results.total!.data[0]!]]),
  );
