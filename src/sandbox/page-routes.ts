import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { readFile as readFromDisk } from 'node:fs/promises';
import { parseRecord, readFile } from './draft.js';
import type { Invocation } from './invocation.js';
import type { Message } from './messages.js';
import { eventStream } from './event-stream.js';
import type { OptionValue } from './options.js';
import type { Parts } from './parts.js';
import { Problem, problemResponse } from './problem.js';
import type { Place, Sender } from './sender.js';
import { selectsOf, type FieldValue } from './modal.js';
import { text, type Json } from './wire.js';

/** A picture that the page offers beside uploads. */
export interface Sample {
  name: string;
  title: string;
  bytes: () => Promise<Uint8Array>;
}

const PAGE_FILES: Readonly<Record<string, [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/message.js': ['message.js', 'text/javascript; charset=utf-8'],
  '/composer.js': ['composer.js', 'text/javascript; charset=utf-8'],
};

/** The page and what it talks to; for this machine's own browser only. */
export function pageRoutes(
  app: Hono<{ Bindings: HttpBindings }>,
  parts: Parts & { sender: Sender; samples: readonly Sample[] },
): void {
  const { world, messages, interactions, sender, samples, gateway, reactions } = parts;
  for (const path of [...Object.keys(PAGE_FILES), '/sandbox/*'])
    app.use(path, async (context, next) => {
      if (!isOwn(new URL(world.url).port, context.req.header('host'), context.req.header('origin')))
        return context.text('This page is for the machine it runs on.', 403);
      await next();
      context.res.headers.set(
        'content-security-policy',
        "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      );
      context.res.headers.set('x-content-type-options', 'nosniff');
      context.res.headers.set('referrer-policy', 'no-referrer');
      return undefined;
    });

  app.onError((error) => {
    if (error instanceof Problem) return problemResponse(error);
    return Response.json({ message: error.message }, { status: 400 });
  });

  for (const [path, [file, type]] of Object.entries(PAGE_FILES))
    app.get(path, async () => {
      const bytes = await readFromDisk(new URL(`./page/${file}`, import.meta.url));
      return new Response(new Uint8Array(bytes), {
        headers: { 'content-type': type, 'cache-control': 'no-cache' },
      });
    });

  const forPage = (message: Message): Json => ({
    ...messages.seen(message),
    guild_id: message.channel.guildId ?? null,
    deleted: message.deleted,
  });

  app.get('/sandbox/state', (context) =>
    context.json({
      connected: gateway.connected,
      bot: world.userPayload(world.bot),
      guilds: [...world.guilds.values()].map((guild) => ({
        ...guild,
        channels: guild.channelIds.map((id) => ({ id, name: world.channels.get(id)?.name ?? '' })),
      })),
      users: [...world.users.values()].filter(({ bot }) => !bot),
      commands: world.allCommands(),
      samples: samples.map(({ name, title }) => ({ name, title })),
      messages: messages.all().map(forPage),
    }),
  );

  app.get('/sandbox/events', () =>
    eventStream((send) => {
      const changed = (): void => {
        send('commands', {});
      };
      return [
        messages.onChange((_change, message) => {
          send('message', forPage(message));
        }),
        world.onCommands(changed),
        gateway.onReady(changed),
      ];
    }),
  );

  app.get('/sandbox/samples/:name', async (context) => {
    const sample = samples.find(({ name }) => name === context.req.param('name'));
    if (!sample) return context.text('No such sample.', 404);
    return new Response(new Uint8Array(await sample.bytes()), {
      headers: { 'content-type': contentTypeOf(sample.name), 'cache-control': 'max-age=3600' },
    });
  });

  app.get('/sandbox/autocomplete', async (context) => {
    const query = context.req.query();
    const choices = await sender.autocomplete({
      ...placeOf(query),
      name: query.name ?? '',
      focused: query.focused ?? '',
      options: plainOptions(parseRecord(query.options ?? '')),
    });
    return context.json({ choices });
  });

  app.post('/sandbox/commands', async (context) => {
    const form = await context.req.formData();
    const field = (name: string): string => text(form.get(name));
    const options: Record<string, OptionValue> = plainOptions(parseRecord(field('options')));
    for (const [key, value] of form)
      if (key.startsWith('file.') && typeof value !== 'string' && value.size > 0)
        options[key.slice(5)] = await readFile(value);
      else if (key.startsWith('sample.') && typeof value === 'string') {
        const sample = samples.find(({ name }) => name === value);
        if (sample) options[key.slice(7)] = { name: sample.name, bytes: await sample.bytes() };
      }
    const place = placeOf({ user: field('user'), guild: field('guild'), locale: field('locale') });
    return context.json(await told(sender.command({ ...place, name: field('name'), options })));
  });

  app.post('/sandbox/components', async (context) => {
    const body = parseRecord(await context.req.text());
    const values = Array.isArray(body.values) ? (body.values as unknown[]).map(text) : [];
    const call = { message: text(body.message), customId: text(body.customId), values, ...placeOf(body) };
    return context.json(await told(sender.component(call)));
  });

  app.post('/sandbox/modals', async (context) => {
    const form = await context.req.formData();
    const customId = text(form.get('customId'));
    const selects = selectsOf(interactions.modals.get(customId));
    const fields: Record<string, FieldValue> = {};
    for (const [key, value] of form) {
      const name = /^field\.(.+)$/.exec(key)?.[1];
      if (name === undefined) continue;
      if (typeof value !== 'string') {
        if (value.size > 0) fields[name] = await readFile(value);
      } else fields[name] = selects.has(name) ? [value] : value;
    }
    const source = text(form.get('message'));
    const call = {
      ...placeOf({ user: form.get('user'), guild: form.get('guild'), locale: form.get('locale') }),
      customId,
      fields,
    };
    return context.json(await told(sender.modal(source ? { ...call, message: source } : call)));
  });

  app.post('/sandbox/context', async (context) => {
    const body = parseRecord(await context.req.text());
    const call = { ...placeOf(body), name: text(body.name), target: text(body.target) };
    return context.json(await told(sender.contextCommand(call)));
  });

  app.post('/sandbox/reactions', async (context) => {
    const body = parseRecord(await context.req.text());
    const message = messages.get(text(body.message));
    const emoji = text(body.emoji);
    const user = text(body.user);
    reactions[message.reactions.get(emoji)?.has(user) ? 'remove' : 'add'](message, emoji, user);
    return context.json({});
  });
}

/** Waits for the first answer as Discord's own client does, and says what the page has to show of it. */
async function told(invocation: Invocation): Promise<Json> {
  const type = await invocation.answered(3_500).catch(() => undefined);
  if (type === undefined) return { error: 'The application did not respond' };
  return { type, message: invocation.latest()?.id ?? null, modal: invocation.modal ?? null };
}

function placeOf(from: Readonly<Record<string, unknown>>): Place {
  const user = text(from.user);
  const guild = text(from.guild);
  const locale = text(from.locale);
  return {
    ...(user ? { user } : {}),
    ...(guild ? { guild: guild === '@me' ? null : guild } : {}),
    ...(locale ? { locale } : {}),
  };
}

function plainOptions(from: Json): Record<string, OptionValue> {
  const plain: Record<string, OptionValue> = {};
  for (const [key, value] of Object.entries(from))
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      plain[key] = value;
  return plain;
}

/** Only our own address counts: a name that was rebound to this machine carries another Host. */
function isOwn(port: string, host: string | undefined, origin: string | undefined): boolean {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(host ?? '')) return false;
  return origin === undefined || hosts.some((own) => origin === `http://${own}`);
}

function contentTypeOf(name: string): string {
  if (name.endsWith('.png')) return 'image/png';
  return name.endsWith('.webp') ? 'image/webp' : 'image/jpeg';
}
