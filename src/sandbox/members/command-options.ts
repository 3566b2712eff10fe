/** Turns option values into the data of a command's interaction. */
import { ApplicationCommandOptionType as OptionType } from 'discord-api-types/v10';
import { objectsIn, toText, type JsonObject } from '../json.js';
import type { SandboxFile } from '../state/attachments.js';
import type { DiscordState } from '../state/discord-state.js';
import { channelPayload, rolePayloads, userPayload } from '../state/payloads.js';

/** A file for an attachment; an id for a user, a channel or a role. */
export type OptionValue = string | number | boolean | SandboxFile;
export type OptionValues = Readonly<Record<string, OptionValue>>;

export interface ResolvedOptions {
  options: JsonObject[];
  attachments: Record<string, JsonObject>;
  users: Record<string, JsonObject>;
  channels: Record<string, JsonObject>;
  roles: Record<string, JsonObject>;
}

interface OptionContext {
  state: DiscordState;
  channelId: string;
  /** The option that is being typed; required ones may then be missing. */
  focused?: string | undefined;
}

/**
 * @param definition a registered command, whose option types the values get
 * @param path names of subcommands, outermost first
 */
export function resolveOptions(
  definition: JsonObject,
  path: readonly string[],
  values: OptionValues,
  context: OptionContext,
): ResolvedOptions {
  const [head, ...rest] = path;
  const definitions = objectsIn(definition.options);
  if (head !== undefined) {
    const subcommand = definitions.find(
      ({ name, type }) =>
        name === head && (type === OptionType.Subcommand || type === OptionType.SubcommandGroup),
    );
    if (!subcommand) throw new Error(`${toText(definition.name)} has no subcommand ${head}`);
    const inner = resolveOptions(subcommand, rest, values, context);
    return { ...inner, options: [{ name: head, type: subcommand.type, options: inner.options }] };
  }
  const resolved: ResolvedOptions = { options: [], attachments: {}, users: {}, channels: {}, roles: {} };
  for (const [name, value] of Object.entries(values)) {
    const option = definitions.find((candidate) => candidate.name === name);
    if (!option) throw new Error(`${toText(definition.name)} has no option ${name}`);
    const focused = context.focused === name ? { focused: true } : {};
    const sent = resolveValue(option, value, resolved, context);
    resolved.options.push({ name, type: option.type, value: sent, ...focused });
  }
  const missing = definitions.find(({ name, required }) => required === true && !(toText(name) in values));
  if (missing && context.focused === undefined)
    throw new Error(`${toText(definition.name)} needs the option ${toText(missing.name)}`);
  return resolved;
}

/** The value as it is sent. What it refers to by id is added to `resolved`. */
function resolveValue(
  { type }: JsonObject,
  value: OptionValue,
  resolved: ResolvedOptions,
  { state, channelId }: OptionContext,
): string | number | boolean {
  if (typeof value === 'object') {
    const attachment = state.attachments.add(channelId, value);
    resolved.attachments[attachment.id] = state.attachments.payload(attachment);
    return attachment.id;
  }
  const id = String(value);
  const user = type === OptionType.User ? state.users.get(id) : undefined;
  if (user) resolved.users[id] = userPayload(user);
  const channel = type === OptionType.Channel ? state.channels.get(id) : undefined;
  if (channel) resolved.channels[id] = channelPayload(channel, state);
  const roles = type === OptionType.Role ? [...state.guilds.keys()].flatMap(rolePayloads) : [];
  const role = roles.find((candidate) => candidate.id === id);
  if (role) resolved.roles[id] = role;
  return value;
}
