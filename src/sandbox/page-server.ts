/** Serves the page to a browser on this machine: its files, the state, live updates, and what members do on it. */
import type { HttpBindings } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { streamSSE } from 'hono/streaming';
import { fileURLToPath } from 'node:url';
import { ApiError } from './api-errors.js';
import type { Gateway } from './gateway.js';
import { toText, type JsonObject } from './json.js';
import type { OptionValue } from './members/command-options.js';
import type { Caller, MemberActions } from './members/member-actions.js';
import { selectIds, type FieldValue } from './members/modal-values.js';
import { limitBodySize, parseObject, readUpload } from './rest/request-body.js';
import type { DiscordState } from './state/discord-state.js';
import type { Interactions } from './state/interactions.js';
import type { Invocation } from './state/invocation.js';
import type { Message } from './state/message.js';
import { fullPayload } from './state/message-payloads.js';
import type { MessageStore } from './state/messages.js';
import { userPayload } from './state/payloads.js';
import type { Reactions } from './state/reactions.js';

const PAGE_FOLDER = fileURLToPath(new URL('./page', import.meta.url));
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const KEEP_ALIVE_MS = 15_000;
/** Half a second more than the deadline for the bot's answer. */
const ANSWER_TIMEOUT_MS = 3_500;

/** A picture that the page offers as an alternative to an upload. */
export interface Sample {
  name: string;
  title: string;
  bytes: () => Promise<Uint8Array>;
}

interface PageServices {
  state: DiscordState;
  messages: MessageStore;
  reactions: Reactions;
  interactions: Interactions;
  gateway: Gateway;
  members: MemberActions;
  samples: readonly Sample[];
}

type Page = Hono<{ Bindings: HttpBindings }>;

export function pageServer(services: PageServices): Page {
  const page: Page = new Hono();
  page.use(sameOriginOnly(services.state));
  page.use(limitBodySize);
  page.onError((error) => {
    if (error instanceof ApiError) return error.toResponse();
    return Response.json({ message: error.message }, { status: 400 });
  });
  readRoutes(page, services);
  actionRoutes(page, services);
  const onFound = (_path: string, context: { header: (name: string, value: string) => void }): void => {
    context.header('cache-control', 'no-cache');
  };
  page.get('*', serveStatic({ root: PAGE_FOLDER, onFound }));
  return page;
}

/**
 * Refuses requests from other websites. A foreign name that resolves to this machine (DNS rebinding) shows in the Host
 * header, a request sent by another website in the Origin header.
 */
function sameOriginOnly(state: DiscordState) {
  return createMiddleware(async (context, next) => {
    const { port } = new URL(state.url);
    const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
    const origins = [undefined, ...hosts.map((host) => `http://${host}`)];
    if (!hosts.includes(context.req.header('host') ?? '') || !origins.includes(context.req.header('origin')))
      return context.text('This page can only be opened on the machine that it runs on.', 403);
    await next();
    context.res.headers.set('content-security-policy', CONTENT_SECURITY_POLICY);
    context.res.headers.set('x-content-type-options', 'nosniff');
    context.res.headers.set('referrer-policy', 'no-referrer');
    return undefined;
  });
}

function readRoutes(page: Page, { state, messages, gateway, members, samples }: PageServices): void {
  const payload = (message: Message): JsonObject => ({
    ...fullPayload(message, state),
    guild_id: message.channel.guildId ?? null,
    deleted: message.deleted,
  });

  page.get('/sandbox/state', (context) =>
    context.json({
      connected: gateway.connected,
      bot: userPayload(state.bot),
      guilds: [...state.guilds.values()].map((guild) => ({
        ...guild,
        channels: guild.channelIds.map((id) => ({ id, name: state.channel(id).name })),
      })),
      users: state.members,
      commands: state.allCommands(),
      samples: samples.map(({ name, title }) => ({ name, title })),
      messages: messages.all().map(payload),
    }),
  );

  page.get('/sandbox/events', (context) =>
    streamSSE(context, async (stream) => {
      const send = (event: string, data: JsonObject): void => {
        void stream.writeSSE({ event, data: JSON.stringify(data) });
      };
      const reload = (): void => {
        send('reload', {});
      };
      const unsubscribe = [
        messages.onChange((_change, message) => {
          send('message', payload(message));
        }),
        state.onCommands(reload),
        gateway.onReady(reload),
      ];
      const keepAlive = setInterval(() => {
        send('ping', {});
      }, KEEP_ALIVE_MS);
      keepAlive.unref();
      reload();
      await new Promise<void>((resolve) => {
        stream.onAbort(resolve);
      });
      clearInterval(keepAlive);
      for (const stop of unsubscribe) stop();
    }),
  );

  page.get('/sandbox/samples/:name', async (context) => {
    const sample = samples.find(({ name }) => name === context.req.param('name'));
    if (!sample) return context.text('No such sample.', 404);
    return new Response(new Uint8Array(await sample.bytes()), {
      headers: { 'content-type': contentTypeOf(sample.name), 'cache-control': 'max-age=3600' },
    });
  });

  page.get('/sandbox/autocomplete', async (context) => {
    const query = context.req.query();
    const choices = await members.autocomplete({
      ...callerOf(query),
      name: query.name ?? '',
      focused: query.focused ?? '',
      options: plainValues(parseObject(query.options ?? '')),
    });
    return context.json({ choices });
  });
}

function actionRoutes(page: Page, services: PageServices): void {
  const { messages, interactions, members, samples, reactions } = services;

  page.post('/sandbox/commands', async (context) => {
    const form = await context.req.formData();
    const field = (name: string): string => toText(form.get(name));
    const options: Record<string, OptionValue> = plainValues(parseObject(field('options')));
    for (const [key, value] of form) {
      const [, source, name = ''] = /^(file|sample)\.(.+)$/.exec(key) ?? [];
      if (source === 'file' && typeof value !== 'string' && value.size > 0)
        options[name] = await readUpload(value);
      const sample = source === 'sample' ? samples.find((candidate) => candidate.name === value) : undefined;
      if (sample) options[name] = { name: sample.name, bytes: await sample.bytes() };
    }
    const caller = callerOf({ user: field('user'), guild: field('guild'), locale: field('locale') });
    return context.json(await answerOf(members.command({ ...caller, name: field('name'), options })));
  });

  page.post('/sandbox/components', async (context) => {
    const body = parseObject(await context.req.text());
    const values = Array.isArray(body.values) ? (body.values as unknown[]).map(toText) : [];
    const component = { message: toText(body.message), customId: toText(body.customId), values };
    return context.json(await answerOf(members.component({ ...callerOf(body), ...component })));
  });

  page.post('/sandbox/modals', async (context) => {
    const form = await context.req.formData();
    const customId = toText(form.get('customId'));
    const selects = selectIds(interactions.modals.get(customId));
    const fields: Record<string, FieldValue> = {};
    for (const [key, value] of form) {
      const name = /^field\.(.+)$/.exec(key)?.[1];
      if (name === undefined) continue;
      if (selects.has(name)) fields[name] = form.getAll(key).map(toText);
      else if (typeof value === 'string') fields[name] = value;
      else if (value.size > 0) fields[name] = await readUpload(value);
    }
    const caller = callerOf({ user: form.get('user'), guild: form.get('guild'), locale: form.get('locale') });
    const message = toText(form.get('message'));
    const modal = { ...caller, customId, fields, ...(message ? { message } : {}) };
    return context.json(await answerOf(members.modal(modal)));
  });

  page.post('/sandbox/context', async (context) => {
    const body = parseObject(await context.req.text());
    const call = { ...callerOf(body), name: toText(body.name), target: toText(body.target) };
    return context.json(await answerOf(members.contextCommand(call)));
  });

  /** Adds the user's reaction, or removes it where there already is one. */
  page.post('/sandbox/reactions', async (context) => {
    const body = parseObject(await context.req.text());
    const message = messages.get(toText(body.message));
    const emoji = toText(body.emoji);
    const user = toText(body.user);
    const change = message.reactions.get(emoji)?.has(user) ? 'remove' : 'add';
    reactions[change](message, emoji, user);
    return context.json({});
  });
}

/** Waits for the bot's first answer as Discord's own client does. */
async function answerOf(invocation: Invocation): Promise<JsonObject> {
  const type = await invocation.answered(ANSWER_TIMEOUT_MS).catch(() => undefined);
  if (type === undefined) return { error: 'The application did not respond' };
  return { type, message: invocation.latest()?.id ?? null, modal: invocation.modal ?? null };
}

function callerOf(from: Readonly<Record<string, unknown>>): Caller {
  const user = toText(from.user);
  const guild = toText(from.guild);
  const locale = toText(from.locale);
  return {
    ...(user ? { user } : {}),
    ...(guild ? { guild: guild === '@me' ? null : guild } : {}),
    ...(locale ? { locale } : {}),
  };
}

function plainValues(from: JsonObject): Record<string, OptionValue> {
  const plain: Record<string, OptionValue> = {};
  for (const [key, value] of Object.entries(from))
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      plain[key] = value;
  return plain;
}

function contentTypeOf(name: string): string {
  if (name.endsWith('.png')) return 'image/png';
  return name.endsWith('.webp') ? 'image/webp' : 'image/jpeg';
}
