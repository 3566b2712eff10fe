import type { ChatInputCommandInteraction } from 'discord.js';
import { refusal } from '../../errors.js';
import type { Presets } from '../../styles/presets.js';
import { isKey, type Translate } from '../../i18n/translate.js';
import type { Requester } from '../../jobs/job-service.js';
import { isHidden, type StyleRepository } from '../../jobs/member-repositories.js';
import type { Choices } from './command.js';
import { choiceWords } from './define.js';
import { narrowed } from './options.js';
import type { ReadPicture } from './pictures.js';

/** Where a style picture comes from, before it is downloaded. */
export interface StyleSource {
  readonly title: string;
  /** It was attached as a spoiler, so pictures in this style are spoilers too. */
  readonly hidden?: boolean;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /** The file of what swift was taught of it, if it was. */
  taught?(): Promise<Uint8Array | undefined>;
}

/** The style as a request names it. */
export async function pictureOfStyle(source: StyleSource) {
  const file = await source.taught?.();
  return { image: await source.bytes(), ...(file ? { taught: new Uint8Array(file) } : {}) };
}

/** The preset of that name or title, whatever the case. Throws `unknown-preset`. */
export async function presetSource(input: string, presets: Presets): Promise<StyleSource> {
  const name = input.trim().toLowerCase();
  const preset = (await presets.list()).find(
    (one) => one.name.toLowerCase() === name || one.title.toLowerCase() === name,
  );
  if (!preset) throw refusal('unknown-preset', 'name', { name: input });
  // Drawn presets are recorded by name, which is translated into every language.
  const title = isKey(`choice.style.${preset.name}`) ? preset.name : preset.title;
  return {
    title,
    hidden: preset.hidden ?? false,
    bytes: async () => new Uint8Array(await presets.png(preset.name)),
    taught: () => presets.taught(preset.name),
  };
}

/** A style's title in the reader's language. */
export const styleLabel = (title: string, t: Translate) => choiceWords('style', title, t);

export async function presetChoices(presets: Presets, typed: string, t: Translate): Promise<Choices> {
  return narrowed(
    (await presets.list()).map(({ name, title }) => {
      const label = styleLabel(name, t);
      return { name: label === name ? title : label, value: name };
    }),
    typed,
  );
}

/** The style that one of two options names, an attachment or a preset; undefined if neither is given. */
export async function readStyleSource(
  { options }: ChatInputCommandInteraction,
  names: { attached: string; preset: string },
  presets: Presets,
  readPicture: ReadPicture,
): Promise<StyleSource | undefined> {
  const file = options.getAttachment(names.attached);
  const preset = options.getString(names.preset);
  if (file && preset !== null) throw refusal('invalid-parameter', 'one-style');
  if (preset !== null) return presetSource(preset, presets);
  return file
    ? {
        title: 'attached',
        hidden: isHidden(file),
        bytes: async () => (await readPicture(file)).bytes,
      }
    : undefined;
}

/** The style that a member has saved. */
export async function ownStyleSource(
  userId: string,
  repository: Pick<StyleRepository, 'ownStyle'>,
): Promise<StyleSource | undefined> {
  const own = await repository.ownStyle(userId);
  return own && { title: own.title, hidden: own.spoiler, bytes: () => Promise.resolve(own.image) };
}

/** The style used when none can be named: the member's own, else the guild's. Throws `invalid-parameter` without one. */
export async function defaultStyleSource(
  { caller, settings }: Requester,
  repository: Pick<StyleRepository, 'ownStyle'>,
  presets: Presets,
): Promise<StyleSource> {
  const own = await ownStyleSource(caller.userId, repository);
  if (own) return own;
  if (settings.style === undefined) throw refusal('invalid-parameter', 'no-style');
  return presetSource(settings.style, presets);
}
