/** The REST API below /api/v10. */
import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import { ApiError, apiErrors } from '../api-errors.js';
import { delay, faultResponse, type Fault, type Faults } from '../faults.js';
import type { Gateway } from '../gateway.js';
import type { DiscordState } from '../state/discord-state.js';
import type { Interactions } from '../state/interactions.js';
import type { MessageStore } from '../state/messages.js';
import type { Reactions } from '../state/reactions.js';
import { applicationRoutes } from './application-routes.js';
import { channelRoutes } from './channel-routes.js';
import { commandRoutes } from './command-routes.js';
import { interactionRoutes } from './interaction-routes.js';
import { RateLimits } from './rate-limits.js';
import { limitBodySize } from './request-body.js';

export interface LoggedRequest {
  method: string;
  /** Below /api/v10, without the query. */
  path: string;
  status: number;
  /** Milliseconds since 1970. */
  at: number;
}

interface Services {
  state: DiscordState;
  messages: MessageStore;
  reactions: Reactions;
  interactions: Interactions;
  gateway: Gateway;
  faults: Faults;
  requests: LoggedRequest[];
}

type RestContext = Context<{ Bindings: HttpBindings }>;

export function restApi(services: Services): Hono<{ Bindings: HttpBindings }> {
  const { state, faults, requests } = services;
  const api = new Hono<{ Bindings: HttpBindings }>();
  const limits = new RateLimits();
  api.use(async (context, next) => {
    const { method } = context.req;
    const path = pathBelowApi(context.req.path);
    const entry = { method, path, status: 0, at: state.now() };
    requests.push(entry);
    const fault = faults.take(method, path);
    await delay(fault);
    if (fault && !fault.late && fault.status !== 200) return fail(fault, context, entry);
    const { headers, retryAfter } = limits.count(method, path);
    if (retryAfter !== undefined) {
      entry.status = 429;
      const body = { message: 'You are being rate limited.', retry_after: retryAfter, global: false };
      return context.json(body, 429, { ...headers, 'retry-after': retryAfter.toFixed(3) });
    }
    if (isAuthorized(path, context.req.header('authorization'), state.token)) await next();
    else context.res = apiErrors.unauthorized().toResponse();
    if (fault?.late) {
      // Reset first: Hono would otherwise merge the headers of the lost answer into this one.
      context.res = undefined;
      context.res = fail(fault, context, entry);
      return undefined;
    }
    entry.status = context.res.status;
    for (const [name, value] of Object.entries(headers)) context.res.headers.set(name, value);
    return undefined;
  });
  api.use(limitBodySize);
  api.onError((error) => {
    if (error instanceof ApiError) return error.toResponse();
    const message = `The sandbox failed: ${error.message}`;
    return new ApiError(500, RESTJSONErrorCodes.GeneralError, message).toResponse();
  });
  applicationRoutes(api, services);
  commandRoutes(api, services);
  channelRoutes(api, services);
  interactionRoutes(api, services);
  api.all('*', () => apiErrors.notFound().toResponse());
  return api;
}

function pathBelowApi(path: string): string {
  return decodeURI(path)
    .replaceAll('%40', '@')
    .replace(/^\/api\/v\d+/, '');
}

/** Interactions and webhooks have their own token in the path. */
function isAuthorized(path: string, authorization: string | undefined, token: string): boolean {
  const needsNone = /^\/(interactions|webhooks)\//.test(path) || path === '/gateway';
  return needsNone || authorization === `Bot ${token}`;
}

function fail(fault: Fault, context: RestContext, entry: LoggedRequest): Response {
  entry.status = fault.status;
  if (fault.status !== 0) return faultResponse(fault);
  context.env.incoming.socket.resetAndDestroy();
  // Never received: Hono needs a response all the same.
  return new Response(null, { status: 500 });
}
