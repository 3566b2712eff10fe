import { attachmentPayload, type SandboxFile } from './files.js';
import { records, text, type Json } from './wire.js';
import type { World } from './world.js';

export type OptionValue = string | number | boolean | SandboxFile;
export type OptionValues = Readonly<Record<string, OptionValue>>;

export interface ResolvedOptions {
  options: Json[];
  attachments: Record<string, Json>;
  users: Record<string, Json>;
  channels: Record<string, Json>;
  roles: Record<string, Json>;
}

const SUBCOMMAND = 1;
const GROUP = 2;
const USER = 6;
const CHANNEL = 7;
const ROLE = 8;

/**
 * Option values as the wire has them, typed by the registered definition.
 * @param path subcommand names below the command, outermost first
 */
export function resolveOptions(
  world: World,
  definition: Json,
  path: readonly string[],
  values: OptionValues,
  place: { channelId: string; focused?: string },
): ResolvedOptions {
  const [head, ...rest] = path;
  const definitions = records(definition.options);
  if (head !== undefined) {
    const sub = definitions.find(
      ({ name, type }) => name === head && (type === SUBCOMMAND || type === GROUP),
    );
    if (!sub) throw new Error(`${text(definition.name)} has no subcommand ${head}`);
    const inner = resolveOptions(world, sub, rest, values, place);
    return { ...inner, options: [{ name: head, type: sub.type, options: inner.options }] };
  }
  const resolved: ResolvedOptions = { options: [], attachments: {}, users: {}, channels: {}, roles: {} };
  for (const [name, value] of Object.entries(values)) {
    const option = definitions.find((one) => one.name === name);
    if (!option) throw new Error(`${text(definition.name)} has no option ${name}`);
    const focused = place.focused === name ? { focused: true } : {};
    resolved.options.push({ name, type: option.type, value: wireValue(option, value), ...focused });
  }
  if (place.focused === undefined)
    for (const { name, required } of definitions)
      if (required === true && !(text(name) in values))
        throw new Error(`${text(definition.name)} needs the option ${text(name)}`);
  return resolved;

  function wireValue(option: Json, value: OptionValue): string | number | boolean {
    if (typeof value === 'object') {
      const attachment = world.files.add(place.channelId, value);
      resolved.attachments[attachment.id] = attachmentPayload(attachment, world.files);
      return attachment.id;
    }
    const user = option.type === USER ? world.users.get(String(value)) : undefined;
    if (user) resolved.users[user.id] = world.userPayload(user);
    const channel = option.type === CHANNEL ? world.channels.get(String(value)) : undefined;
    if (channel) resolved.channels[channel.id] = world.channelPayload(channel);
    const role = option.type === ROLE ? world.role(String(value)) : undefined;
    if (role) resolved.roles[String(value)] = role;
    return value;
  }
}
