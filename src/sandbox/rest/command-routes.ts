/** REST routes of the application's commands, global and per guild. */
import type { HttpBindings } from '@hono/node-server';
import { ApplicationCommandType } from 'discord-api-types/v10';
import type { Hono } from 'hono';
import { apiErrors } from '../api-errors.js';
import { isObject, objectsIn, toText, type JsonObject } from '../json.js';
import type { DiscordState } from '../state/discord-state.js';
import { parseObject } from './request-body.js';

export function commandRoutes(
  api: Hono<{ Bindings: HttpBindings }>,
  { state }: { state: DiscordState },
): void {
  for (const path of ['/applications/:app/commands', '/applications/:app/guilds/:guild/commands'] as const) {
    api.get(path, (context) => {
      const { commands } = scopeOf(state, context.req.param());
      const localized = context.req.query('with_localizations') === 'true';
      return Response.json(localized ? commands : commands.map(withoutLocalizations));
    });
    api.put(path, async (context) => {
      const { guildId } = scopeOf(state, context.req.param());
      const definitions = objectsIn(await context.req.json());
      const names = definitions.map(
        ({ name, type }) => `${toText(type ?? ApplicationCommandType.ChatInput)} ${toText(name)}`,
      );
      if (new Set(names).size < names.length) throw apiErrors.invalidForm('name: must be unique');
      const commands = definitions.map((definition) => register(state, definition, guildId));
      state.setCommands(guildId, commands);
      return Response.json(commands);
    });
    api.post(path, async (context) => {
      const { guildId, commands } = scopeOf(state, context.req.param());
      const command = register(state, parseObject(await context.req.text()), guildId);
      const existing = commands.find(({ name, type }) => name === command.name && type === command.type);
      const saved = existing ? { ...command, id: existing.id } : command;
      state.setCommands(guildId, [...commands.filter((other) => other !== existing), saved]);
      return Response.json(saved, { status: existing ? 200 : 201 });
    });
    api.get(`${path}/:command`, (context) => {
      const { commands } = scopeOf(state, context.req.param());
      return Response.json(find(commands, context.req.param('command')));
    });
    api.patch(`${path}/:command`, async (context) => {
      const { guildId, commands } = scopeOf(state, context.req.param());
      const old = find(commands, context.req.param('command'));
      const saved = { ...old, ...parseObject(await context.req.text()), version: state.nextId() };
      state.setCommands(
        guildId,
        commands.map((command) => (command === old ? saved : command)),
      );
      return Response.json(saved);
    });
    api.delete(`${path}/:command`, (context) => {
      const { guildId, commands } = scopeOf(state, context.req.param());
      const old = find(commands, context.req.param('command'));
      state.setCommands(
        guildId,
        commands.filter((command) => command !== old),
      );
      return new Response(null, { status: 204 });
    });
  }
}

/** The commands that a path refers to: those of a guild, or the global ones, which are under the empty id. */
function scopeOf(
  state: DiscordState,
  { app, guild = '' }: { app?: string; guild?: string },
): { guildId: string; commands: JsonObject[] } {
  if (app !== state.applicationId) throw apiErrors.missingAccess();
  return { guildId: guild, commands: state.commands.get(guild) ?? [] };
}

function find(commands: readonly JsonObject[], id: string | undefined): JsonObject {
  const command = commands.find((candidate) => candidate.id === id);
  if (!command) throw apiErrors.unknownCommand();
  return command;
}

function register(state: DiscordState, definition: JsonObject, guildId: string): JsonObject {
  return {
    type: ApplicationCommandType.ChatInput,
    description: '',
    default_member_permissions: null,
    nsfw: false,
    ...definition,
    id: state.nextId(),
    application_id: state.applicationId,
    version: state.nextId(),
    ...(guildId ? { guild_id: guildId } : {}),
  };
}

/** Lists leave out the names and descriptions in other languages unless they are asked for. */
function withoutLocalizations(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLocalizations);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !key.endsWith('_localizations'));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutLocalizations(inner)]));
}
