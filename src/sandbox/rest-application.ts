import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { parseRecord } from './draft.js';
import { problems } from './problem.js';
import type { Parts } from './parts.js';
import { isRecord, records, text, type Json } from './wire.js';

/** Who the bot is, where its gateway is, which commands it has. */
export function applicationRoutes(app: Hono<{ Bindings: HttpBindings }>, parts: Parts): void {
  const { world, gateway } = parts;
  const application = (): Json => ({
    id: world.applicationId,
    name: 'Reverie',
    icon: null,
    description: '',
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    flags: 0,
    owner: world.userPayload(world.bot),
    team: null,
    bot: world.userPayload(world.bot),
    summary: '',
  });

  app.get('/gateway', () => Response.json({ url: gateway.address }));
  app.get('/gateway/bot', () =>
    Response.json({
      url: gateway.address,
      shards: 1,
      session_start_limit: { total: 1000, remaining: 999, reset_after: 14_400_000, max_concurrency: 1 },
    }),
  );
  app.get('/users/@me', () => Response.json(world.userPayload(world.bot)));
  app.get('/users/:id', (context) => {
    const user = world.users.get(context.req.param('id'));
    if (!user) throw problems.unknownUser();
    return Response.json(world.userPayload(user));
  });
  app.get('/applications/@me', () => Response.json(application()));
  app.get('/oauth2/applications/@me', () => Response.json(application()));
  app.get('/guilds/:id', (context) => {
    const guild = world.guilds.get(context.req.param('id'));
    if (!guild?.installed) throw problems.unknownGuild();
    return Response.json(world.guildPayload(guild));
  });
  app.get('/guilds/:id/members/:user', (context) => {
    const user = world.users.get(context.req.param('user'));
    if (!user) throw problems.unknownUser();
    return Response.json(world.memberPayload(user, context.req.param('id')));
  });

  for (const path of ['/applications/:app/commands', '/applications/:app/guilds/:guild/commands'] as const) {
    app.get(path, (context) => {
      checkApplication(context.req.param('app'));
      const commands = world.commands.get(guildOf(context.req.param())) ?? [];
      const all = context.req.query('with_localizations') === 'true';
      return Response.json(all ? commands : commands.map(withoutWords));
    });
    app.put(path, async (context) => {
      checkApplication(context.req.param('app'));
      const guildId = guildOf(context.req.param());
      const definitions = records(await context.req.json());
      const names = definitions.map(({ name, type }) => `${text(type ?? 1)} ${text(name)}`);
      if (new Set(names).size < names.length) throw problems.invalidForm('name: must be unique');
      const commands = definitions.map((definition) => registered(definition, guildId));
      world.setCommands(guildId, commands);
      return Response.json(commands);
    });
    app.post(path, async (context) => {
      checkApplication(context.req.param('app'));
      const guildId = guildOf(context.req.param());
      const command = registered(parseRecord(await context.req.text()), guildId);
      const known = world.commands.get(guildId) ?? [];
      const same = known.find(({ name, type }) => name === command.name && type === command.type);
      const made = same ? { ...command, id: same.id } : command;
      world.setCommands(guildId, [...known.filter((one) => one !== same), made]);
      return Response.json(made, { status: same ? 200 : 201 });
    });
    app.get(`${path}/:command`, (context) => {
      checkApplication(context.req.param('app'));
      return Response.json(find(context.req.param()));
    });
    app.patch(`${path}/:command`, async (context) => {
      checkApplication(context.req.param('app'));
      const guildId = guildOf(context.req.param());
      const old = find(context.req.param());
      const made = { ...old, ...parseRecord(await context.req.text()), version: world.nextId() };
      world.setCommands(
        guildId,
        (world.commands.get(guildId) ?? []).map((one) => (one === old ? made : one)),
      );
      return Response.json(made);
    });
    app.delete(`${path}/:command`, (context) => {
      checkApplication(context.req.param('app'));
      const guildId = guildOf(context.req.param());
      const old = find(context.req.param());
      world.setCommands(
        guildId,
        (world.commands.get(guildId) ?? []).filter((one) => one !== old),
      );
      return new Response(null, { status: 204 });
    });
  }

  function registered(definition: Json, guildId: string): Json {
    return {
      type: 1,
      description: '',
      default_member_permissions: null,
      nsfw: false,
      ...definition,
      id: world.nextId(),
      application_id: world.applicationId,
      version: world.nextId(),
      ...(guildId ? { guild_id: guildId } : {}),
    };
  }

  function find(params: Partial<Record<'guild' | 'command', string>>): Json {
    const found = (world.commands.get(guildOf(params)) ?? []).find(({ id }) => id === params.command);
    if (!found) throw problems.unknownCommand();
    return found;
  }

  function checkApplication(id: string | undefined): void {
    if (id !== world.applicationId) throw problems.missingAccess();
  }
}

/** Global commands are kept under the empty id. */
function guildOf(params: Partial<Record<'guild', string>>): string {
  return params.guild ?? '';
}

/** A command in one language, as a list tells it unless it is asked for all. */
function withoutWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !key.endsWith('_localizations'));
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutWords(part)]));
}
