/** Guided dreams: a layer's activations are drawn towards those of another picture. */
import type { Engine, Values } from '../engines/engine.js';
import { input, multiply, nearestNeighbour, scale, type Input, type Tensor } from '../graph/graph.js';
import type { Planes } from '../image/planes.js';
import { channelsOf, type Encoder, type Tap } from '../networks/encoder.js';
import { activationTerm, type ActivationTerm, type ChannelRange } from './activation.js';
import { maskedMean, square } from './objective.js';
import { imageInput, imageValues } from './pictures.js';

/** Longest side of the guide in pixels, and the most positions of a layer that each position is compared with. */
const GUIDE = { longest: 224, positions: 1024 };

/**
 * Mean of a·y, where y are the guide's features with the largest dot product at each position (the "controlled" dream
 * of google/deepdream). The gradient is y; the choice is not differentiated.
 * @param guide [1, C, h, w], of any size
 */
export const matchedFeatures = (features: Tensor, guide: Tensor, mask?: Tensor): Tensor =>
  maskedMean(multiply(features, nearestNeighbour(features, guide)), mask);

/** ½ mean of w_c·a_c²: the gradient is w∘a. @param weights [1, C, 1, 1] */
export const weightedEnergy = (features: Tensor, weights: Tensor, mask?: Tensor): Tensor =>
  scale(maskedMean(multiply(weights, square(features)), mask), 0.5);

/** How strong each channel is in a guide: its sum, divided so that the absolute values add up to 1. */
export function channelWeights(guide: Float32Array, channels: number): Float32Array {
  const area = guide.length / channels;
  const sums = Float32Array.from({ length: channels }, (_, c) =>
    guide.subarray(c * area, (c + 1) * area).reduce((a, b) => a + b, 0),
  );
  const norm = sums.reduce((total, value) => total + Math.abs(value), 0) || 1;
  return sums.map((value) => value / norm);
}

export interface GuidedTerm extends ActivationTerm {
  readonly by: 'match' | 'channels';
  /** The guide's features [1, C, h, w] (`match`), or its channel weights [1, C, 1, 1] (`channels`). */
  readonly guide: Input;
}

/** Rewards each position for resembling the guide's most similar position. */
export function guideByMatch(name: string, tap: Tap, channels?: ChannelRange): GuidedTerm {
  const guide = input(`guide of ${name}`, [
    1,
    channelsOf(tap),
    `guide height of ${name}`,
    `guide width of ${name}`,
  ]);
  const term = activationTerm(name, tap, channels, (features, mask) =>
    matchedFeatures(features, guide, mask),
  );
  return { ...term, by: 'match', guide };
}

/** Rewards the channels that are strong in the guide. */
export function guideByChannels(name: string, tap: Tap, channels?: ChannelRange): GuidedTerm {
  const guide = input(`guide of ${name}`, [1, channelsOf(tap), 1, 1]);
  const term = activationTerm(name, tap, channels, (features, mask) => weightedEnergy(features, guide, mask));
  return { ...term, by: 'channels', guide };
}

/**
 * The value of a term's `guide` input. For `match` the guide is made smaller until a layer has few enough positions.
 * @param picture the guide, RGB in [0,1], with its longest side at a number of pixels
 * @param selected the value of the term's `channels` input, if it has one
 */
export async function guideFeatures(
  engine: Engine,
  encoder: Encoder,
  { by, layer, channels }: GuidedTerm,
  picture: (longest: number) => Promise<Planes>,
  selected?: Values,
): Promise<Values> {
  const image = imageInput();
  const activations = encoder.encode(image).get(layer)!;
  const features = channels ? multiply(channels, activations) : activations;
  const program = await engine.compile({ outputs: { features } });
  try {
    const look = async (longest: number): Promise<Values> => {
      const inputs = { image: imageValues(await picture(longest)) };
      const extra = channels && selected ? { [channels.operation.name]: selected } : {};
      return (await program.run({ ...inputs, ...extra })).features!;
    };
    let longest = GUIDE.longest;
    let seen = await look(longest);
    const { sideMin } = encoder.network;
    while (by === 'match' && seen.shape[2]! * seen.shape[3]! > GUIDE.positions && longest > sideMin) {
      longest = Math.max(sideMin, longest / 2);
      seen = await look(longest);
    }
    if (by === 'match') return seen;
    const count = seen.shape[1]!;
    return { data: channelWeights(seen.data, count), shape: [1, count, 1, 1] };
  } finally {
    await program.dispose();
  }
}
