import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { applicationRoutes } from './rest-application.js';
import { channelRoutes } from './rest-channels.js';
import { interactionRoutes } from './rest-interactions.js';
import { faultResponse, type Fault } from './faults.js';
import type { LoggedRequest, Parts } from './parts.js';
import { Problem, problemResponse, problems } from './problem.js';
import { RateLimits } from './rate-limit.js';

/** The REST interface: every request is logged, may meet a fault, is counted, authorised, then routed. */
export function restApp(parts: Parts): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const limits = new RateLimits();
  app.use(async (context, next) => {
    const { method } = context.req;
    const path = decodeURI(context.req.path)
      .replaceAll('%40', '@')
      .replace(/^\/api\/v\d+/, '');
    const entry = { method, path, status: 0, at: parts.world.now() };
    parts.requests.push(entry);
    const fault = parts.faults.take(method, path);
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault && !fault.late && fault.status !== 200) return fail(fault, context, entry);
    const { headers, retryAfter } = limits.count(method, path);
    if (retryAfter !== undefined) {
      entry.status = 429;
      const body = { message: 'You are being rate limited.', retry_after: retryAfter, global: false };
      return context.json(body, 429, { ...headers, 'retry-after': retryAfter.toFixed(3) });
    }
    // What carries a token in its address needs none in its header.
    const open = /^\/(interactions|webhooks)\//.test(path) || path === '/gateway';
    if (!open && context.req.header('authorization') !== `Bot ${parts.world.token}`)
      context.res = problemResponse(problems.unauthorized());
    else await next();
    if (fault?.late) {
      // Otherwise the headers of the true answer would be added to it.
      context.res = undefined;
      context.res = fail(fault, context, entry);
      return undefined;
    }
    entry.status = context.res.status;
    for (const [name, value] of Object.entries(headers)) context.res.headers.set(name, value);
    return undefined;
  });
  app.onError((error) => {
    if (error instanceof Problem) return problemResponse(error);
    return problemResponse(new Problem(500, 0, `The sandbox failed: ${error.message}`));
  });
  app.notFound(() => problemResponse(problems.notFound()));
  applicationRoutes(app, parts);
  channelRoutes(app, parts);
  interactionRoutes(app, parts);
  return app;
}

/** The answer that a fault gives; a status of 0 is none. */
function fail(fault: Fault, context: Context<{ Bindings: HttpBindings }>, entry: LoggedRequest): Response {
  entry.status = fault.status;
  if (fault.status !== 0) return faultResponse(fault);
  context.env.incoming.socket.resetAndDestroy();
  return new Response(null, { status: 500 });
}
