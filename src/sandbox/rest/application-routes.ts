/** REST routes of the application, the gateway's address, users and guilds. */
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { apiErrors } from '../api-errors.js';
import type { Gateway } from '../gateway.js';
import type { JsonObject } from '../json.js';
import type { DiscordState } from '../state/discord-state.js';
import { guildPayload, memberPayload, userPayload } from '../state/payloads.js';

export function applicationRoutes(
  api: Hono<{ Bindings: HttpBindings }>,
  { state, gateway }: { state: DiscordState; gateway: Gateway },
): void {
  api.get('/gateway', () => Response.json({ url: gateway.address }));
  api.get('/gateway/bot', () =>
    Response.json({
      url: gateway.address,
      shards: 1,
      session_start_limit: { total: 1000, remaining: 999, reset_after: 14_400_000, max_concurrency: 1 },
    }),
  );
  for (const path of ['/applications/@me', '/oauth2/applications/@me'])
    api.get(path, () => Response.json(applicationPayload(state)));

  api.get('/users/@me', () => Response.json(userPayload(state.bot)));
  api.get('/users/:id', (context) => {
    const user = state.users.get(context.req.param('id'));
    if (!user) throw apiErrors.unknownUser();
    return Response.json(userPayload(user));
  });
  api.get('/guilds/:id', (context) => {
    const guild = state.guilds.get(context.req.param('id'));
    if (!guild?.installed) throw apiErrors.unknownGuild();
    return Response.json(guildPayload(guild, state));
  });
  api.get('/guilds/:id/members/:user', (context) => {
    const user = state.users.get(context.req.param('user'));
    if (!user) throw apiErrors.unknownUser();
    return Response.json(memberPayload(user, context.req.param('id')));
  });
}

function applicationPayload({ applicationId, bot }: DiscordState): JsonObject {
  return {
    id: applicationId,
    name: bot.name,
    icon: null,
    description: '',
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    flags: 0,
    owner: userPayload(bot),
    team: null,
    bot: userPayload(bot),
    summary: '',
  };
}
