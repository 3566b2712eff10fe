/**
 * Teaches swift one style: the scale and shift of its normalisations, which its perceptron only estimates, are refined
 * by the losses that swift was trained with (Dumoulin et al., "A Learned Representation for Artistic Style", 2017,
 * section 3.2, where a new style is learnt with all other weights held). Few numbers are learnt, so a handful of
 * pictures to practise on is enough.
 */
import type { Bindings, Values } from '../engines/engine.js';
import { colourMap, colourMoments, mapColours, type ColourMoments } from '../image/colour.js';
import { clamp, type Planes } from '../image/planes.js';
import { createEncoder } from '../networks/encoder.js';
import type { Modulation } from '../networks/style-code.js';
import { COLOUR_RIDGE } from '../networks/swift.js';
import { writeTaught } from '../networks/taught-style.js';
import { imageValues } from '../objectives/pictures.js';
import { Adam } from '../optimisers/adam.js';
import { learningRateSchedule } from '../optimisers/optimiser.js';
import type { PreparedTeach } from '../prepared-run.js';
import type { Checkpoint } from '../renderer.js';
import type { Outcome, PaintContext, RunContext, Step } from './run-context.js';
import { readPicture } from './style-regions.js';
import {
  contentBindings,
  lossNetworkProgram,
  gradientOf,
  lossesOf,
  modulationArrays,
  teachingProgram,
  type LossNetwork,
} from './teach-programs.js';

const RATE = 0.015;
const BETAS = [0.9, 0.99] as const;

/**
 * A step for each picture in turn. What is shown is the first of them. A checkpoint's state is the modulation and the
 * moments of Adam.
 */
export async function* teach(
  { engine, network, weights, pictures, learningRateScale }: RunContext,
  painting: PaintContext,
  run: PreparedTeach,
  checkpoint?: Checkpoint,
): AsyncGenerator<Step, Outcome> {
  const { generator } = painting;
  const { steps } = run.scales[0]!;
  const encoder = createEncoder(network, weights, { pooling: network.pooling, edges: 'zeros' });
  const lossNetwork: LossNetwork = { encoder, ...run };
  const reading = await readPicture(painting, run.style);
  const { target, examples } = await readTargets({ engine, pictures }, lossNetwork, run, reading.colours);
  const program = await engine.compile(teachingProgram(generator.weights, lossNetwork, target));
  const modulation = copyOf(reading.modulation);
  const arrays = modulationArrays(modulation);
  const parameters = [...arrays.values()].map((data) => ({ ...COLUMN, channels: data.length, data }));
  const adam = new Adam(parameters, { rate: RATE * learningRateScale, betas: BETAS });
  const bindings = Object.fromEntries(
    [...arrays].map(([name, data]) => [name, { data, shape: [1, data.length, 1, 1] }]),
  );
  const done = checkpoint?.steps.length ?? 0;
  if (checkpoint) {
    [...arrays.values()].forEach((own, i) => {
      own.set(checkpoint.state[i]!);
    });
    adam.resume(checkpoint.state.slice(arrays.size), done);
  }
  const evaluate = (example: Bindings) => program.run({ ...example, ...bindings });

  let image: Planes | undefined;
  for (let step = done; step < steps; step++) {
    const results = await evaluate(examples[step % examples.length]!);
    const gradients = [...arrays].map(([name, { length }]) => ({
      ...{ ...COLUMN, channels: length },
      data: results[gradientOf(name)]!.data,
    }));
    adam.step(gradients, undefined, learningRateSchedule(step, steps));
    if (step % examples.length === 0) image = pictureOf(results);
    const state = [...arrays.values(), ...adam.moments].map((data) => data.slice());
    yield { scale: 1, losses: lossesOf(results), image: image ?? pictureOf(results), state };
  }
  image = pictureOf(await evaluate(examples[0]!));
  await program.dispose();
  return { image, taught: writeTaught({ swift: generator.sha256, modulation }) };
}

/** The targets of the style, and the inputs of a step for each picture to practise on. */
async function readTargets(
  { engine, pictures }: Pick<RunContext, 'engine' | 'pictures'>,
  lossNetwork: LossNetwork,
  { style, targetSize, contents }: PreparedTeach,
  colours: ColourMoments,
): Promise<{ target: Readonly<Record<string, Values>>; examples: readonly Bindings[] }> {
  const program = await engine.compile(lossNetworkProgram(lossNetwork));
  const read = ({ picture, width, height }: PreparedTeach['style']) => pictures.at(picture, width, height);
  const target = await program.run({ image: imageValues(await read({ ...style, ...targetSize })) });
  const examples: Bindings[] = [];
  for (const one of contents) {
    const content = await read(one);
    const kept = contentBindings(await program.run({ image: imageValues(content) }));
    examples.push({ matched: imageValues(matchedTo(colours, content)), ...kept });
  }
  await program.dispose();
  return { target, examples };
}

/** Numbers without positions, as the optimiser takes them. */
const COLUMN = { width: 1, height: 1 };

const copyOf = (modulation: Modulation): Modulation =>
  new Map(
    [...modulation].map(([name, { scale, shift }]) => [name, { scale: scale.slice(), shift: shift.slice() }]),
  );

/** The content with the style's colours, as swift takes it. */
function matchedTo(colours: ColourMoments, content: Planes): Planes {
  const matched = mapColours(content, colourMap(colourMoments(content), colours, COLOUR_RIDGE));
  clamp(matched.data);
  return matched;
}

function pictureOf(results: Readonly<Record<string, Values>>): Planes {
  const { data, shape } = results.picture!;
  return { channels: 3, height: shape[2]!, width: shape[3]!, data };
}
