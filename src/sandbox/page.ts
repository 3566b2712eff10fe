/** The chat page of the loopback Discord: upload pictures, run commands, watch the messages change. */
import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { OptionValue, Sandbox } from './sandbox.js';
import type { Invocation, Snapshot } from './world.js';

const TYPES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
};

/** Beside this file in the sources; the compiled program finds them there too. */
async function asset(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const beside = new URL(`./page/${name}`, import.meta.url);
  const bytes = await readFile(beside).catch(() =>
    readFile(new URL(`../../src/sandbox/page/${name}`, import.meta.url)),
  );
  return new Uint8Array(bytes);
}

const describe = (snapshot: Snapshot, invocation: Invocation | undefined) => ({
  id: snapshot.id,
  asker: invocation?.user.name,
  guildId: invocation?.guildId,
  content: snapshot.content,
  embeds: snapshot.embeds,
  components: snapshot.components,
  deleted: snapshot.deleted,
  attachments: snapshot.attachments.map(({ filename, url, description }) => ({ filename, url, description })),
});

export function pageRoutes(sandbox: Sandbox): Hono {
  const page = new Hono();
  // A foreign page must not reach the sandbox through the visitor's browser, by name or by form.
  page.use(async (c, next) => {
    const host = new URL(sandbox.url).host;
    const origin = c.req.header('origin');
    if (c.req.header('host') !== host || (origin !== undefined && origin !== sandbox.url))
      return c.text('Forbidden', 403);
    await next();
    c.header('content-security-policy', "default-src 'self'");
    c.header('x-content-type-options', 'nosniff');
    return undefined;
  });
  for (const [name, type] of Object.entries(TYPES))
    page.get(name === 'index.html' ? '/' : `/${name}`, async (c) =>
      c.body(await asset(name), 200, { 'content-type': type }),
    );

  page.get('/sandbox/state', (c) =>
    c.json({
      guilds: sandbox.guilds.map(({ id, name }) => ({ id, name })),
      users: sandbox.users,
      commands: sandbox.registeredCommands(),
      samples: sandbox.samples.map(({ name, title }) => ({ name, title })),
    }),
  );
  page.get('/sandbox/samples/:name', async (c) => {
    const sample = sandbox.samples.find(({ name }) => name === c.req.param('name'));
    if (!sample) return c.notFound();
    return c.body(new Uint8Array(await sample.bytes()), 200, { 'content-type': 'image/png' });
  });
  page.get('/sandbox/events', (c) =>
    streamSSE(c, async (stream) => {
      const stop = sandbox.watch((snapshot, invocation) => {
        void stream.writeSSE({ data: JSON.stringify(describe(snapshot, invocation)) });
      });
      await new Promise<void>((resolve) => {
        stream.onAbort(resolve);
      });
      stop();
    }),
  );

  const who = (form: FormData) => {
    const user = sandbox.users.find(({ id }) => id === form.get('user')) ?? sandbox.users[0]!;
    const guild = sandbox.guilds.find(({ id }) => id === form.get('guild')) ?? sandbox.guilds[0]!;
    return { user, guild };
  };
  const optionsOf = async (form: FormData, name: string): Promise<Record<string, OptionValue>> => {
    const command = sandbox.registeredCommands().find((c) => c.name === name);
    const definitions = (command?.options ?? []) as { name: string; type: number }[];
    const options: Record<string, OptionValue> = {};
    for (const { name: option, type } of definitions) {
      const value = form.get(`option:${option}`);
      if (value instanceof File) {
        if (value.size > 0)
          options[option] = {
            name: value.name,
            bytes: new Uint8Array(await value.arrayBuffer()),
            contentType: value.type,
          };
      } else if (value) options[option] = type === 4 || type === 10 ? Number(value) : String(value);
    }
    return options;
  };
  page.post('/sandbox/commands', async (c) => {
    const form = await c.req.formData();
    const name = String(form.get('command'));
    await sandbox.command({ name, ...who(form), options: await optionsOf(form, name) });
    return c.json({ ok: true });
  });
  page.post('/sandbox/autocomplete', async (c) => {
    const form = await c.req.formData();
    const name = String(form.get('command'));
    const focused = String(form.get('focused'));
    const options = {
      ...(await optionsOf(form, name)),
      [focused]: String(form.get(`option:${focused}`) ?? ''),
    };
    const { choices } = await sandbox.autocomplete({ name, ...who(form), options, focused });
    return c.json(choices ?? []);
  });
  page.post('/sandbox/components', async (c) => {
    const form = await c.req.formData();
    const message = { id: String(form.get('message')), channelId: who(form).guild.channelIds[0]! };
    const blank = {
      at: 0,
      content: '',
      embeds: [],
      components: [],
      flags: 0,
      attachments: [],
      deleted: false,
    };
    await sandbox.component({
      message: { ...blank, ...message },
      customId: String(form.get('customId')),
      ...who(form),
    });
    return c.json({ ok: true });
  });
  return page;
}
