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

/**
 * Definitions whose words come from the catalogue: `name.dream`, `about.dream` for a command, `about.dream.image` or,
 * where several commands share an option, `about.size` for an option, `choice.quality.draft` for a choice.
 */
const english = translator('en');

function everywhere(key: Key): LocalizationMap {
  return Object.fromEntries(DISCORD_LOCALES.map((locale) => [locale, translator(locale)(key)]));
}

export function keyOf(...names: readonly string[]): Key {
  const found = names.find(isKey);
  if (!found) throw new Error(`the catalogue lacks ${names.join(' and ')}`);
  return found;
}

function words(name: string, about: readonly string[]) {
  const description = keyOf(...about);
  return {
    name,
    name_localizations: everywhere(keyOf(`name.${name}`)),
    description: english(description),
    description_localizations: everywhere(description),
  };
}

/** An option before it knows whose it is. */
export type Option = (owner: string) => APIApplicationCommandBasicOption;

interface Bounds {
  readonly required?: boolean;
  readonly autocomplete?: true;
  readonly min?: number;
  /** Of a text: its length. */
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
  return { name: english(key), name_localizations: everywhere(key), value };
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

/** A command that works wherever the app is. */
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

/** A command for servers that the bot is a member of. */
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

/** An entry of a message's context menu; `key` names its words. */
export function messageMenu(key: Key): RESTPostAPIContextMenuApplicationCommandsJSONBody {
  return {
    type: ApplicationCommandType.Message,
    name: english(key),
    name_localizations: everywhere(key),
    ...EVERYWHERE,
  };
}

/** Commands by their names, as whoever reads sees them on Discord. */
export const named = (names: readonly string[], t: Translate): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, t(keyOf(`name.${name}`))]));

/** The words of a choice, as stored in a result's fields. */
export function choiceWords(name: string, value: string, t: Translate): string {
  // Several styles stand together, each with its share.
  return value
    .split(' + ')
    .map((part) => {
      const [, plain = part, share = ''] = /^(.*?)( \(\d+ %\))?$/.exec(part) ?? [];
      const key = `choice.${name}.${plain}`;
      return isKey(key) ? t(key) + share : part;
    })
    .join(' + ');
}
