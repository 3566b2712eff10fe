import sharp from 'sharp';
import { expect, it } from 'vitest';
import { noisePng } from '../../../test/fixtures.js';
import { TinyRenderer } from '../../../test/tiny-renderer.js';
import { DEFAULT_SETTINGS, type GuildSettings } from '../../jobs/settings-repository.js';
import { createPresets } from '../../styles/presets.js';
import { buildLesson } from './guild-styles.js';

/** Has VGG19 and mini, and teaches with VGG19. */
class TwoNetworks extends TinyRenderer {
  override async capabilities() {
    const found = await super.capabilities();
    const [mini] = found.networks;
    return {
      ...found,
      networks: [{ ...mini!, name: 'vgg19' as const }, mini!],
      defaults: { ...found.defaults, teach: 'vgg19' as const },
    };
  }
}

const repository = {
  guildStyles: () => Promise.resolve([]),
  guildStyleFiles: () => Promise.resolve(undefined),
  saveGuildStyle: () => Promise.resolve(),
  forgetGuildStyle: () => Promise.resolve(false),
  forgetGuildStyles: () => Promise.resolve(),
};

async function requestUnder(settings: Partial<GuildSettings>, bytes?: Uint8Array<ArrayBuffer>) {
  const file = bytes ?? new Uint8Array(await noisePng(32, 24));
  const { request } = await buildLesson(
    {
      ...{ name: 'Ours', guildId: 'guild', settings: { ...DEFAULT_SETTINGS, ...settings } },
      picture: { url: '', name: 'in.png', size: 0, spoiler: false },
    },
    () => Promise.resolve({ bytes: file, spoiler: false }),
    createPresets(),
    repository,
    new TwoNetworks(),
  );
  if (request.kind !== 'teach') throw new Error(`a lesson asks for ${request.kind}`);
  return request;
}

it('teaches with the default network, or with another one where the guild forbids that', async () => {
  expect((await requestUnder({})).network).toBeUndefined();
  expect((await requestUnder({ forbiddenNetworks: ['vgg19'] })).network).toBe('mini');
});

it('practises on pictures of at most the guild’s size', async () => {
  expect((await requestUnder({ size: 1024 })).size).toBe(384);
  expect((await requestUnder({ size: 192 })).size).toBe(192);
});

it('keeps the picture without its metadata', async () => {
  const jpeg = await sharp(await noisePng(32, 24))
    .withExif({ IFD0: { Copyright: 'somebody' } })
    .jpeg()
    .toBuffer();
  const { style } = await requestUnder({}, new Uint8Array(jpeg));
  const { format, width, exif } = await sharp(style).metadata();
  expect({ format, width, exif }).toEqual({ format: 'png', width: 32, exif: undefined });
});
