/**
 * Definitions of commands. Their texts come from the translations: `name.dream` and `about.dream` for a command,
 * `about.dream.image` or, where several commands have an option, `about.size` for an option, `choice.quality.draft` for
 * a choice.
 */
import {
  ApplicationCommandOptionType as Type,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOptionChoice,
  type APIApplicationCommandSubcommandOption,
  type LocalizationMap,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  type RESTPostAPIContextMenuApplicationCommandsJSONBody,
} from 'discord.js';
import { DISCORD_LOCALES, isKey, translator, type Key, type Translate } from '../../i18n/translate.js';

const english = translator('en');

function localizations(key: Key): LocalizationMap {
  return Object.fromEntries(DISCORD_LOCALES.map((locale) => [locale, translator(locale)(key)]));
}

/** The first of these names that the translations have. Throws if they have none of them. */
export function keyOf(...names: readonly string[]): Key {
  const found = names.find(isKey);
  if (!found) throw new Error(`the translations have neither ${names.join(' nor ')}`);
  return found;
}

function words(name: string, about: readonly string[]) {
  const description = keyOf(...about);
  return {
    name,
    name_localizations: localizations(keyOf(`name.${name}`)),
    description: english(description),
    description_localizations: localizations(description),
  };
}

/** An option of a command that is named by `owner`. */
export type Option = (owner: string) => APIApplicationCommandBasicOption;

interface Bounds {
  readonly required?: boolean;
  readonly autocomplete?: true;
  readonly min?: number;
  /** For a text, its length. */
  readonly max?: number;
  readonly choices?: readonly string[];
}

function option(type: Type, name: string, { required, autocomplete, min, max, choices }: Bounds): Option {
  return (owner) =>
    ({
      type,
      ...words(name, [`about.${owner}.${name}`, `about.${name}`]),
      ...(required ? { required } : {}),
      ...(autocomplete ? { autocomplete } : {}),
      ...(min === undefined ? {} : { min_value: min }),
      ...(max === undefined ? {} : { [type === Type.String ? 'max_length' : 'max_value']: max }),
      ...(choices ? { choices: choices.map((value) => choice(name, value)) } : {}),
    }) as APIApplicationCommandBasicOption;
}

function choice(option: string, value: string): APIApplicationCommandOptionChoice<string> {
  const key = keyOf(`choice.${option}.${value}`);
  return { name: english(key), name_localizations: localizations(key), value };
}

export const attachment = (name: string, bounds: Bounds = {}) => option(Type.Attachment, name, bounds);
export const text = (name: string, bounds: Bounds = {}) => option(Type.String, name, bounds);
export const whole = (name: string, bounds: Bounds = {}) => option(Type.Integer, name, bounds);
export const decimal = (name: string, bounds: Bounds = {}) => option(Type.Number, name, bounds);
export const truth = (name: string, bounds: Bounds = {}) => option(Type.Boolean, name, bounds);
export const person = (name: string, bounds: Bounds = {}) => option(Type.User, name, bounds);
export const role = (name: string) => option(Type.Role, name, {});
export const channel = (name: string) => option(Type.Channel, name, {});

export function subcommand(name: string, options: readonly Option[] = []) {
  return (owner: string): APIApplicationCommandSubcommandOption => ({
    type: Type.Subcommand,
    ...words(name, [`about.${owner}.${name}`]),
    options: options.map((one) => one(`${owner}.${name}`)),
  });
}

const EVERYWHERE = {
  integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [
    InteractionContextType.Guild,
    InteractionContextType.BotDM,
    InteractionContextType.PrivateChannel,
  ],
};
const GUILDS = {
  integration_types: [ApplicationIntegrationType.GuildInstall],
  contexts: [InteractionContextType.Guild],
};

/** A command that works wherever the app is installed. */
export function slash(
  name: string,
  options: readonly (Option | ReturnType<typeof subcommand>)[] = [],
): RESTPostAPIChatInputApplicationCommandsJSONBody {
  return {
    type: ApplicationCommandType.ChatInput,
    ...words(name, [`about.${name}`]),
    options: options.map((one) => one(name)),
    ...EVERYWHERE,
  };
}

/** A command for guilds that the bot is a member of. */
export function guildSlash(
  name: string,
  options: Parameters<typeof slash>[1],
  permissions?: bigint,
): RESTPostAPIChatInputApplicationCommandsJSONBody {
  return {
    ...slash(name, options),
    ...GUILDS,
    ...(permissions === undefined ? {} : { default_member_permissions: String(permissions) }),
  };
}

/** An entry of a message's context menu; `key` names its text. */
export function messageMenu(key: Key): RESTPostAPIContextMenuApplicationCommandsJSONBody {
  return {
    type: ApplicationCommandType.Message,
    name: english(key),
    name_localizations: localizations(key),
    ...EVERYWHERE,
  };
}

/** The localised names of commands, by their names. */
export const named = (names: readonly string[], t: Translate): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, t(keyOf(`name.${name}`))]));

/** The translated value of a field, as stored with a job. */
export function choiceWords(name: string, value: string, t: Translate): string {
  // The styles of a sheet, one a line.
  if (name === 'styles')
    return value
      .split('\n')
      .map((title) => choiceWords('style', title, t))
      .join(', ');
  // Several styles are joined, each with its share.
  return value
    .split(' + ')
    .map((part) => {
      const [, plain = part, share = ''] = /^(.*?)( \(\d+ %\))?$/.exec(part) ?? [];
      const key = `choice.${name}.${plain}`;
      return isKey(key) ? t(key) + share : part;
    })
    .join(' + ');
}
