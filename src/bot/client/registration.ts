import { Routes, type Client, type RESTPostAPIApplicationCommandsJSONBody } from 'discord.js';
import type { Logger } from 'pino';

/** Registers the commands if Discord's list of them differs: registrations are limited per day. */
export async function registerCommands(
  client: Client<true>,
  commands: readonly RESTPostAPIApplicationCommandsJSONBody[],
  log: Logger,
): Promise<void> {
  const route = Routes.applicationCommands(client.application.id);
  const query = new URLSearchParams({ with_localizations: 'true' });
  const known = await client.rest.get(route, { query });
  if (fingerprint(known) === fingerprint(commands)) return;
  await client.rest.put(route, { body: commands });
  log.info({ commands: commands.length }, 'commands registered');
}

/** The properties that are compared. The others (ids, versions, defaults) are set by Discord. */
const KEYS = [
  'autocomplete',
  'choices',
  'contexts',
  'default_member_permissions',
  'description',
  'description_localizations',
  'integration_types',
  'max_length',
  'max_value',
  'min_length',
  'min_value',
  'name',
  'name_localizations',
  'options',
  'required',
  'type',
  'value',
] as const;

function fingerprint(commands: unknown): string {
  const list = Array.isArray(commands) ? (commands as unknown[]).map(normal) : [];
  return JSON.stringify(list.map((command) => JSON.stringify(command)).sort());
}

function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  const source = value as Readonly<Record<string, unknown>>;
  return KEYS.flatMap((key) => {
    const part = source[key];
    const empty =
      part === undefined ||
      part === null ||
      part === false ||
      part === '' ||
      (Array.isArray(part) && !part.length);
    if (empty) return [];
    // The order of the languages does not matter.
    const words = key.endsWith('_localizations') ? Object.entries(part).sort() : normal(part);
    return [[key, words]];
  });
}
