/**
 * Neural style transfer (Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR
 * 2016), from coarse to fine.
 */
import { scalar, type Bindings, type Executable, type Values } from '../engines/engine.js';
import { add, gram, input, multiply, type Program, type Tensor } from '../graph/graph.js';
import { PyramidImage } from '../image/parametrisation.js';
import { resizeBilinear, type Planes } from '../image/planes.js';
import { contentLoss, gramLoss, statistics } from '../objectives/losses.js';
import { Adam } from '../optimisers/adam.js';
import type { Scale, Studio } from './run.js';

export interface StyleSettings {
  readonly alpha: number;
  readonly beta: number;
  readonly scales: readonly Scale[];
  /** The content picture at a size. */
  readonly content: (width: number, height: number) => Promise<Planes>;
  /** The style picture at a longest side, never enlarged. */
  readonly style: (longest: number) => Promise<Planes>;
}

/** Step length of Adam on the parametrised image. */
const RATE = 0.05;

export async function paint(studio: Studio, settings: StyleSettings): Promise<Planes> {
  const { styleTaps } = studio.network.style!;
  const targets = await studio.engine.compile(targetProgram(studio));
  const objective = await studio.engine.compile(objectiveProgram(studio));
  try {
    let image = await settings.content(settings.scales[0]!.width, settings.scales[0]!.height);
    for (const [i, { width, height, steps }] of settings.scales.entries()) {
      const content = await settings.content(width, height);
      const style = await settings.style(Math.max(width, height));
      const bindings = await prepare(targets, { ...settings, content, style, styleTaps });
      const picture = new PyramidImage(resizeBilinear(image, width, height));
      const adam = new Adam(
        picture.levels.map((level) => level.data),
        { rate: RATE },
      );
      for (let step = 0; step < steps; step++) {
        const { gradient, ...losses } = await objective.run({ ...bindings, image: values(picture.image) });
        adam.step(picture.gradients({ ...picture.image, data: gradient!.data }).map((g) => g.data));
        picture.update();
        studio.onStep({ scale: i + 1, losses: numbers(losses), image: picture.image });
      }
      image = picture.image;
    }
    return image;
  } finally {
    await Promise.all([targets.dispose(), objective.dispose()]);
  }
}

const imageInput = () => input('image', [1, 3, 'height', 'width']);
const values = ({ data, width, height }: Planes): Values => ({ data, shape: [1, 3, height, width] });
const numbers = (losses: Record<string, Values>) =>
  Object.fromEntries(Object.entries(losses).map(([name, { data }]) => [name, data[0]!]));
const gramName = (tap: string) => `gram ${tap}`;
const weightName = (tap: string) => `weight ${tap}`;

/** The content's activations P and the style's Gram matrices A_l of a picture. */
function targetProgram({ network, weights }: Studio): Program {
  const { styleTaps, contentTap } = network.style!;
  const taps = network.build(imageInput(), weights);
  const grams = styleTaps.map((tap): [string, Tensor] => [gramName(tap), gram(taps.get(tap)!)]);
  return { outputs: { content: taps.get(contentTap)!, ...Object.fromEntries(grams) } };
}

/** total = α·content + β·Σ w_l·E_l, each loss divided by the energy of its target so that α : β means the same everywhere. */
function objectiveProgram({ network, weights }: Studio): Program {
  const { styleTaps, contentTap } = network.style!;
  const image = imageInput();
  const taps = network.build(image, weights);
  const features = taps.get(contentTap)!;
  const outputs: Record<string, Tensor> = {
    content: multiply(
      contentLoss(features, input('content target', [1, features.shape[1]!, ...features.shape.slice(2)])),
      input('content weight', []),
    ),
  };
  for (const tap of styleTaps) {
    const layer = taps.get(tap)!;
    const target = input(gramName(tap), [layer.shape[1]!, layer.shape[1]!]);
    outputs[tap] = multiply(gramLoss(statistics(layer), target), input(weightName(tap), []));
  }
  const total = Object.values(outputs).reduce(add);
  return { outputs: { ...outputs, total }, gradient: { name: 'gradient', of: total, by: image } };
}

/** Everything but the image that the objective needs at one scale. */
async function prepare(
  targets: Executable,
  given: {
    readonly content: Planes;
    readonly style: Planes;
    readonly alpha: number;
    readonly beta: number;
    readonly styleTaps: readonly string[];
  },
): Promise<Bindings> {
  const ofContent = (await targets.run({ image: values(given.content) })).content!;
  const ofStyle = await targets.run({ image: values(given.style) });
  const bindings: Record<string, Values> = {
    'content target': ofContent,
    'content weight': scalar(given.alpha / energy(ofContent)),
  };
  for (const tap of given.styleTaps) {
    const target = ofStyle[gramName(tap)]!;
    bindings[gramName(tap)] = target;
    bindings[weightName(tap)] = scalar(given.beta / given.styleTaps.length / energy(target));
  }
  return bindings;
}

function energy({ data }: Values): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  return Math.max(sum / data.length, 1e-12);
}
