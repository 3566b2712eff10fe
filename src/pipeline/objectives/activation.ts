/** What a dream or a visualisation maximises: how strongly a layer, or some of its channels, responds. */
import type { Values } from '../engines/engine.js';
import { input, multiply, scale, type Input, type Tensor } from '../graph/graph.js';
import { channelsOf, type Tap } from '../networks/encoder.js';
import { maskedMean, square, type Term } from './objective.js';

/** First and last channel. */
export type ChannelRange = readonly [number, number];

/** ½ mean of a² (Mordvintsev et al. 2015 without the mean): its gradient is a, so whatever is seen grows. */
export const energy = (features: Tensor, mask?: Tensor): Tensor =>
  scale(maskedMean(square(features), mask), 0.5);

/** A term whose layer may be restricted to some of its channels. */
export interface ActivationTerm extends Term {
  /** 1 for the channels that count and 0 for the others, [1, C, 1, 1]; absent if all count. */
  readonly channels?: Input;
}

/**
 * A term over the selected channels of a layer. It is normalised by the number of selected channels, so that terms over
 * few and over many channels compare.
 * @param measure the scalar to maximise, as a mean over all elements of [1, C, H, W]
 */
export function activationTerm(
  name: string,
  tap: Tap,
  channels: ChannelRange | undefined,
  measure: (features: Tensor, mask?: Tensor) => Tensor,
): ActivationTerm {
  const selected = channels && input(`channels of ${name}`, [1, channelsOf(tap), 1, 1]);
  return {
    name,
    weight: channels ? channelsOf(tap) / (channels[1] - channels[0] + 1) : 1,
    layer: tap.name,
    ...(selected ? { channels: selected } : {}),
    statistics: (features, mask) => ({
      activation: measure(selected ? multiply(selected, features) : features, mask),
    }),
    loss: ({ activation }) => activation!,
  };
}

/** ½ mean of a². */
export const activationEnergy = (name: string, tap: Tap, channels?: ChannelRange): ActivationTerm =>
  activationTerm(name, tap, channels, energy);

/** Mean of a. */
export const activationMean = (name: string, tap: Tap, channels?: ChannelRange): ActivationTerm =>
  activationTerm(name, tap, channels, maskedMean);

/** The value of a term's `channels` input for a range of the tap's channels. */
export function selectChannels(tap: Tap, [from, to]: ChannelRange): Values {
  const count = channelsOf(tap);
  const data = Float32Array.from({ length: count }, (_, c) => (c >= from && c <= to ? 1 : 0));
  return { data, shape: [1, count, 1, 1] };
}
