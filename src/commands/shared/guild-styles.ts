/** The styles that swift was taught for a guild: its members choose them like presets. */
import { refusal } from '../../errors.js';
import { oneLine } from '../../i18n/plain-text.js';
import { isKey } from '../../i18n/translate.js';
import type { PictureFile } from '../../jobs/member-repositories.js';
import type { RenderCommand } from '../../jobs/render-command.js';
import {
  GUILD_STYLES_MAX,
  type GuildSettings,
  type GuildStyleRepository,
} from '../../jobs/settings-repository.js';
import type { Renderer } from '../../pipeline/renderer.js';
import { TEACHING_SIZE_RANGE, type NetworkName } from '../../pipeline/requests.js';
import type { Presets } from '../../styles/presets.js';
import { practicePictures } from '../../styles/scenes/index.js';
import { cleanStyle } from '../../styles/style-library.js';
import { buildRequest } from './build-request.js';
import { given, newSeed, presentNetworks } from './options.js';
import type { ReadPicture } from './pictures.js';

/** Characters of a style's name. */
export const GUILD_STYLE_NAME_MAX = 32;

/** The styles of the guild, and the presets after them. */
export function withGuildStyles(
  presets: Presets,
  guildId: string | null,
  repository: GuildStyleRepository,
): Presets {
  if (guildId === null) return presets;
  const files = (name: string) => repository.guildStyleFiles(guildId, name);
  return {
    async list() {
      const own = await repository.guildStyles(guildId);
      const names = new Set(own.map(({ name }) => name));
      return [
        ...own.map(({ name, spoiler }) => ({ name, title: name, hidden: spoiler })),
        // A preset may have been added since a style of the guild got its name.
        ...(await presets.list()).filter(({ name }) => !names.has(name)),
      ];
    },
    png: async (name) => (await files(name))?.image ?? presets.png(name),
    taught: async (name) => (await files(name))?.taught ?? presets.taught(name),
  };
}

interface Lesson {
  readonly name: string;
  readonly picture: PictureFile;
  readonly guildId: string;
  readonly settings: GuildSettings;
}

/**
 * The job that teaches swift a style for a guild. Throws `invalid-parameter` for a name that cannot be used, `not-allowed`
 * if the guild has as many styles as it may.
 * @param presets with the guild's styles
 */
export async function buildLesson(
  { name: typed, picture, guildId, settings }: Lesson,
  readPicture: ReadPicture,
  presets: Presets,
  repository: GuildStyleRepository,
  renderer: Renderer,
): Promise<RenderCommand> {
  const name = oneLine(typed, GUILD_STYLE_NAME_MAX);
  await checkName(name, presets);
  if ((await repository.guildStyles(guildId)).length >= GUILD_STYLES_MAX)
    throw refusal('not-allowed', 'styles', { count: GUILD_STYLES_MAX });
  const { bytes, spoiler } = await readPicture(picture);
  const { min, default: usual } = TEACHING_SIZE_RANGE;
  const request = {
    kind: 'teach' as const,
    style: new Uint8Array(await cleanStyle(bytes)),
    contents: (await practicePictures()).map((content) => new Uint8Array(content)),
    size: Math.max(min, Math.min(usual, settings.size ?? usual)),
    seed: newSeed(),
    ...given({ network: await allowedNetwork(settings, renderer) }),
  };
  return buildRequest(request, { styles: [name], spoiler, remarks: [{ key: 'taught' }] }, renderer);
}

async function checkName(name: string, presets: Presets): Promise<void> {
  if (name === '') throw refusal('invalid-parameter', 'style-name');
  const lower = name.toLowerCase();
  const taken = (await presets.list()).some((preset) =>
    [preset.name, preset.title].some((other) => other.toLowerCase() === lower),
  );
  // Some names stand for other things, such as an attached picture.
  if (taken || isKey(`choice.style.${lower}`)) throw refusal('invalid-parameter', 'style-taken', { name });
}

/** Another network than the default one where the guild forbids that; undefined for the default. */
async function allowedNetwork(
  { forbiddenNetworks }: GuildSettings,
  renderer: Renderer,
): Promise<NetworkName | undefined> {
  const { teach } = (await renderer.capabilities()).defaults;
  if (!forbiddenNetworks.some((name) => name === teach)) return undefined;
  const present = await presentNetworks(renderer);
  return present.find(({ name, styles }) => styles && !forbiddenNetworks.includes(name))?.name;
}

/** Forgets a style of the guild, whatever the case of its name. Returns the name. Throws `unknown-preset`. */
export async function forgetStyle(
  typed: string,
  guildId: string,
  repository: GuildStyleRepository,
): Promise<string> {
  const lower = typed.trim().toLowerCase();
  const found = (await repository.guildStyles(guildId)).find(({ name }) => name.toLowerCase() === lower);
  if (!found) throw refusal('unknown-preset', 'name', { name: typed });
  await repository.forgetGuildStyle(guildId, found.name);
  return found.name;
}
