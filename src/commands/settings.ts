import { PermissionFlagsBits, type ChatInputCommandInteraction } from 'discord.js';
import { refusal } from '../errors.js';
import { plainText } from '../i18n/plain-text.js';
import type { Translate } from '../i18n/translate.js';
import type { Caller } from '../jobs/access.js';
import {
  DEFAULT_SETTINGS,
  GUILD_STYLES_MAX,
  type GuildSettings,
  type GuildStyle,
  type GuildStyleRepository,
} from '../jobs/settings-repository.js';
import { SIZE_RANGE } from '../pipeline/requests.js';
import type { Presets } from '../styles/presets.js';
import type { AnswerCommand, CommandContext } from './shared/command.js';
import {
  attachment,
  channel,
  guildSlash,
  person,
  role,
  subcommand,
  text,
  truth,
  whole,
} from './shared/define.js';
import { buildLesson, forgetStyle, GUILD_STYLE_NAME_MAX } from './shared/guild-styles.js';
import { styleLabel, presetChoices, presetSource } from './shared/style-source.js';
import { narrowed, networkChoices, networkNamed } from './shared/options.js';

type Options = ChatInputCommandInteraction['options'];
/** The guild's styles. */
interface GuildStyles {
  readonly guildId: string;
  readonly presets: Presets;
  readonly repository: GuildStyleRepository;
}
type Change = (
  old: GuildSettings,
  options: Options,
  styles: GuildStyles,
) => GuildSettings | Promise<GuildSettings>;

const toggled = (list: readonly string[], id: string | undefined): readonly string[] =>
  id === undefined ? list : list.includes(id) ? list.filter((one) => one !== id) : [...list, id];

function without<K extends keyof GuildSettings>(old: GuildSettings, key: K): Omit<GuildSettings, K> {
  return Object.fromEntries(Object.entries(old).filter(([name]) => name !== key)) as Omit<GuildSettings, K>;
}

/** How each subcommand changes the settings. Options that are not given change nothing, unless noted. */
const CHANGES: Readonly<Record<string, Change>> = {
  access: (old, options) => ({
    ...old,
    channels: toggled(old.channels, options.getChannel('where')?.id),
    roles: toggled(old.roles, options.getRole('role')?.id),
  }),
  limits(old, options) {
    const size = options.getInteger('size') ?? old.size;
    const perUser = options.getInteger('per_user') ?? old.perUser;
    const perGuild = options.getInteger('per_guild') ?? old.perGuild;
    return {
      ...old,
      ...(size === undefined ? {} : { size }),
      ...(perUser === undefined ? {} : { perUser }),
      ...(perGuild === undefined ? {} : { perGuild }),
      stopDeleted: options.getBoolean('stop_deleted') ?? old.stopDeleted,
    };
  },
  networks(old, options) {
    const network = networkNamed(options.getString('network', true))!;
    const others = old.forbiddenNetworks.filter((name) => name !== network);
    return { ...old, forbiddenNetworks: options.getBoolean('allowed', true) ? others : [...others, network] };
  },
  async style(old, options, { presets }) {
    const preset = options.getString('preset');
    if (preset === null) return without(old, 'style');
    return { ...old, style: (await presetSource(preset, presets)).title };
  },
  async forget(old, options, { guildId, repository }) {
    const name = await forgetStyle(options.getString('name', true), guildId, repository);
    return old.style === name ? without(old, 'style') : old;
  },
  gallery(old, options) {
    const where = options.getChannel('where')?.id;
    const stars = options.getInteger('stars') ?? old.stars;
    return {
      ...without(old, 'galleryChannel'),
      stars,
      ...(where === undefined ? {} : { galleryChannel: where }),
    };
  },
  look: (old, options) => ({
    ...old,
    spoilers: options.getBoolean('spoilers') ?? old.spoilers,
    reactions: options.getBoolean('reactions') ?? old.reactions,
  }),
  block: (old, options) => ({ ...old, blocked: toggled(old.blocked, options.getUser('user', true).id) }),
  reset: () => DEFAULT_SETTINGS,
};

function described(settings: GuildSettings, styles: readonly GuildStyle[], t: Translate): string {
  const list = (items: readonly string[], empty: string) => (items.length > 0 ? items.join(' ') : empty);
  const truthOf = (value: boolean) => t(value ? 'settings.yes' : 'settings.no');
  const { channels, roles, blocked, forbiddenNetworks, galleryChannel, stars } = settings;
  const none = t('settings.none');
  const unlimited = t('settings.unlimited');
  return [
    t('settings.title'),
    t('settings.channels', {
      value: list(
        channels.map((id) => `<#${id}>`),
        t('settings.all'),
      ),
    }),
    t('settings.roles', {
      value: list(
        roles.map((id) => `<@&${id}>`),
        t('settings.all'),
      ),
    }),
    t('settings.blocked', {
      value: list(
        blocked.map((id) => `<@${id}>`),
        none,
      ),
    }),
    t('settings.networks', { value: list(forbiddenNetworks, none) }),
    t('settings.size', { value: settings.size ?? unlimited }),
    t('settings.per_user', { value: settings.perUser ?? unlimited }),
    t('settings.per_guild', { value: settings.perGuild ?? unlimited }),
    t('settings.stop_deleted', { value: truthOf(settings.stopDeleted) }),
    t('settings.style', {
      value: settings.style === undefined ? none : plainText(styleLabel(settings.style, t)),
    }),
    t('settings.styles', {
      value: styles.length > 0 ? styles.map(({ name }) => plainText(name)).join(', ') : none,
      count: styles.length,
      limit: GUILD_STYLES_MAX,
    }),
    t('settings.gallery', { value: galleryChannel === undefined ? none : `<#${galleryChannel}>`, stars }),
    t('settings.spoilers', { value: truthOf(settings.spoilers) }),
    t('settings.reactions', { value: truthOf(settings.reactions) }),
  ].join('\n');
}

/** The guild, for members who manage it. Discord hides the command from everyone else; that is not relied upon. */
function managedGuild(
  { guildId, managesGuild, userId }: Caller,
  { lists }: Pick<CommandContext, 'lists'>,
): string {
  if (guildId === null) throw refusal('nothing-to-show', 'guild-only');
  if (!managesGuild && !lists.operators.has(userId)) throw refusal('not-allowed', 'manage');
  return guildId;
}

/** `/settings`: shows and changes the guild's settings, for members who manage the guild. */
export const settings: AnswerCommand = {
  answer: 'private',
  definition: guildSlash(
    'settings',
    [
      subcommand('view'),
      subcommand('access', [channel('where'), role('role')]),
      subcommand('limits', [
        whole('size', { min: SIZE_RANGE.min, max: SIZE_RANGE.max }),
        whole('per_user', { min: 1, max: 100 }),
        whole('per_guild', { min: 1, max: 1000 }),
        truth('stop_deleted'),
      ]),
      subcommand('networks', [
        text('network', { required: true, autocomplete: true }),
        truth('allowed', { required: true }),
      ]),
      subcommand('style', [text('preset', { autocomplete: true })]),
      subcommand('teach', [
        text('name', { required: true, max: GUILD_STYLE_NAME_MAX }),
        attachment('image', { required: true }),
      ]),
      subcommand('forget', [text('name', { required: true, autocomplete: true })]),
      subcommand('gallery', [channel('where'), whole('stars', { min: 1, max: 100 })]),
      subcommand('look', [truth('spoilers'), truth('reactions')]),
      subcommand('block', [person('user', { required: true })]),
      subcommand('reset'),
    ],
    PermissionFlagsBits.ManageGuild,
  ),

  async run(interaction, { caller, t }, { repository, presetsIn, lists }) {
    const guildId = managedGuild(caller, { lists });
    // Read again: another change may have been saved since the request arrived.
    const old = await repository.settings(guildId);
    const change = CHANGES[interaction.options.getSubcommand()];
    const styles = { guildId, presets: presetsIn(guildId), repository };
    const fresh = change ? await change(old, interaction.options, styles) : old;
    if (fresh !== old) await repository.saveSettings(guildId, fresh);
    return { kind: 'reply', content: described(fresh, await repository.guildStyles(guildId), t) };
  },

  pictures: {
    teach: {
      async run({ options }, { caller, settings, readPicture }, { repository, presetsIn, renderer, lists }) {
        const guildId = managedGuild(caller, { lists });
        const lesson = {
          ...{ guildId, settings, name: options.getString('name', true) },
          picture: options.getAttachment('image', true),
        };
        return buildLesson(lesson, readPicture, presetsIn(guildId), repository, renderer);
      },
    },
  },

  async complete(interaction, { caller, t }, { renderer, repository, presetsIn }) {
    const focused = interaction.options.getFocused(true);
    if (focused.name === 'network') return networkChoices(renderer, focused.value, t);
    if (focused.name === 'name' && caller.guildId !== null) {
      const styles = await repository.guildStyles(caller.guildId);
      return narrowed(
        styles.map(({ name }) => ({ name, value: name })),
        focused.value,
      );
    }
    return presetChoices(presetsIn(caller.guildId), focused.value, t);
  },
};
