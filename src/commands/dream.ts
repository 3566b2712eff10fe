import { refusal } from '../errors.js';
import type { Renderer } from '../pipeline/renderer.js';
import { OCTAVES_RANGE, STRENGTH_RANGE } from '../pipeline/requests.js';
import { buildRequest } from './shared/build-request.js';
import type { PictureCommand } from './shared/command.js';
import { attachment, decimal, slash, text, whole } from './shared/define.js';
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
  sizeOption,
} from './shared/options.js';

/** Depths of a dream: positions among the layers that a network recommends, from shallow to deep. */
const DEPTHS = ['edges', 'textures', 'patterns', 'creatures'] as const;

async function layerAtDepth(
  renderer: Renderer,
  network: string | undefined,
  depth: string,
): Promise<string | null> {
  const offered = (await networkOf(renderer, 'dream', network))?.dreams.offered ?? [];
  const position = DEPTHS.findIndex((name) => name === depth) / (DEPTHS.length - 1);
  return offered[Math.round(position * (offered.length - 1))]?.name ?? null;
}

/** `/dream`: amplifies what a layer sees in a picture. */
export const dream: PictureCommand = {
  answer: 'picture',
  definition: slash('dream', [
    attachment('image', { required: true }),
    text('depth', { choices: DEPTHS }),
    layerOption,
    networkOption,
    channelOption,
    attachment('guide'),
    decimal('strength', { min: STRENGTH_RANGE.min, max: STRENGTH_RANGE.max }),
    whole('octaves', { min: OCTAVES_RANGE.min, max: OCTAVES_RANGE.max }),
    whole('zoom', { min: 2, max: 60 }),
    sizeOption,
    seedOption,
  ]),

  async run(interaction, { readPicture }, { renderer }) {
    const { options } = interaction;
    const network = networkNamed(options.getString('network'));
    const depth = options.getString('depth');
    const layer =
      options.getString('layer') ?? (depth === null ? null : await layerAtDepth(renderer, network, depth));
    const channel = options.getInteger('channel');
    if (channel !== null && layer === null) throw refusal('invalid-parameter', 'channel-of-what');
    const image = await readPicture(options.getAttachment('image', true));
    const file = options.getAttachment('guide');
    const guide = file && (await readPicture(file));
    const zoom = options.getInteger('zoom');
    return buildRequest(
      {
        kind: 'dream',
        image: image.bytes,
        seed: readSeed(interaction),
        ...given({
          network,
          targets:
            layer === null
              ? null
              : [
                  {
                    layer,
                    ...(channel === null ? {} : { channels: [channel, channel] as [number, number] }),
                  },
                ],
          guide: guide?.bytes,
          strength: options.getNumber('strength'),
          octaves: options.getInteger('octaves'),
          zoom: zoom === null ? null : { frames: zoom },
          size: options.getInteger('size'),
        }),
      },
      { spoiler: image.spoiler || (guide?.spoiler ?? false) },
      renderer,
    );
  },

  async complete(interaction, { t }, { renderer }) {
    const focused = interaction.options.getFocused(true);
    if (focused.name === 'network') return networkChoices(renderer, focused.value, t);
    const network = await networkOf(renderer, 'dream', interaction.options.getString('network'));
    return network ? layerChoices(network, focused.value, t) : [];
  },
};
