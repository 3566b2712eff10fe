import type { ChatInputCommandInteraction } from 'discord.js';
import type { Presets } from '../../styles/presets.js';
import { isKey, type Translate } from '../../i18n/translate.js';
import type { Choices, CommandContext } from './command.js';
import { choiceWords } from './define.js';
import { narrowed, readPicture } from './options.js';
import { isHidden } from '../../jobs/picture-file.js';
import type { Caller } from './caller.js';
import { refusal } from './refusals.js';

/** Where a style comes from, before it is fetched. */
export interface StyleSource {
  readonly title: string;
  /** It came hidden, so what is painted with it is hidden too. */
  readonly hidden?: boolean;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

/** The preset of that name or title, however it is written. Throws `unknown-preset`. */
export async function presetSource(asked: string, presets: Presets): Promise<StyleSource> {
  const wanted = asked.trim().toLowerCase();
  const preset = (await presets.list()).find(
    ({ name, title }) => name.toLowerCase() === wanted || title.toLowerCase() === wanted,
  );
  if (!preset) throw refusal('unknown-preset', 'name', { name: asked });
  // Ours are kept by name, which has words in every language.
  const title = isKey(`choice.style.${preset.name}`) ? preset.name : preset.title;
  return { title, bytes: async () => new Uint8Array(await presets.png(preset.name)) };
}

/** What a style is called in the language of who reads. */
export const styleSourceLabels = (title: string, t: Translate) => choiceWords('style', title, t);

export async function presetChoices(presets: Presets, typed: string, t: Translate): Promise<Choices> {
  return narrowed(
    (await presets.list()).map(({ name, title }) => {
      const words = styleSourceLabels(name, t);
      return { name: words === name ? title : words, value: name };
    }),
    typed,
  );
}

/** One of two options, an attachment or a preset's name; nothing where neither is given. */
export async function readStyleSource(
  { options }: ChatInputCommandInteraction,
  names: { attached: string; preset: string },
  context: CommandContext,
): Promise<StyleSource | undefined> {
  const file = options.getAttachment(names.attached);
  const preset = options.getString(names.preset);
  if (file && preset !== null) throw refusal('invalid-parameter', 'one-style');
  if (preset !== null) return presetSource(preset, context.presets);
  return file
    ? {
        title: 'attached',
        hidden: isHidden(file),
        bytes: async () => (await readPicture(file, context)).bytes,
      }
    : undefined;
}

/** The style taken when none is named: the person's own, else the guild's. Throws `invalid-parameter` without one. */
export async function defaultStyleSource(
  { userId, guildId }: Pick<Caller, 'userId' | 'guildId'>,
  { repository, presets }: Pick<CommandContext, 'repository' | 'presets'>,
): Promise<StyleSource> {
  const own = await repository.ownStyle(userId);
  if (own) return { title: own.title, hidden: own.spoiler, bytes: () => Promise.resolve(own.image) };
  const { style } = await repository.settings(guildId);
  if (style === undefined) throw refusal('invalid-parameter', 'no-style');
  return presetSource(style, presets);
}
