import { CHANNEL_SIZE_RANGE } from '../pipeline/requests.js';
import { buildRequest } from './shared/build-request.js';
import type { PictureCommand } from './shared/command.js';
import { attachment, slash, whole } from './shared/define.js';
import {
  channelOption,
  given,
  layerChoices,
  layerOption,
  networkChoices,
  networkNamed,
  networkOf,
  networkOption,
  readSeed,
  seedOption,
} from './shared/options.js';

const SHEET_MAX = 64;

/** `/visualise`: what activates a channel most, a contact sheet of several channels, or a layer's activations. */
export const visualise: PictureCommand = {
  answer: 'picture',
  definition: slash('visualise', [
    layerOption,
    networkOption,
    channelOption,
    whole('count', { min: 1, max: SHEET_MAX }),
    attachment('image'),
    whole('size', { min: CHANNEL_SIZE_RANGE.min, max: CHANNEL_SIZE_RANGE.max }),
    seedOption,
  ]),

  async run(interaction, { readPicture }, { renderer }) {
    const { options } = interaction;
    const network = networkNamed(options.getString('network'));
    const file = options.getAttachment('image');
    const picture = file && (await readPicture(file));
    const first = options.getInteger('channel');
    const count = options.getInteger('count');
    const channels: [number, number] | null =
      first === null && count === null ? null : [first ?? 0, (first ?? 0) + (count ?? 1) - 1];
    return buildRequest(
      {
        kind: 'visualise',
        seed: readSeed(interaction),
        ...given({
          network,
          layer: options.getString('layer'),
          channels,
          image: picture?.bytes,
          size: options.getInteger('size'),
        }),
      },
      { spoiler: picture?.spoiler ?? false },
      renderer,
    );
  },

  async complete(interaction, { t }, { renderer }) {
    const focused = interaction.options.getFocused(true);
    if (focused.name === 'network') return networkChoices(renderer, focused.value, t);
    const network = await networkOf(renderer, 'visualise', interaction.options.getString('network'));
    return network ? layerChoices(network, focused.value, t) : [];
  },
};
