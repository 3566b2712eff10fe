/** The routes of the REST API, version 10, that a bot of this kind calls. */
import { Hono, type Context } from 'hono';
import type { Invocation, Snapshot, StoredAttachment } from './world.js';

export interface Backend {
  readonly token: string;
  readonly applicationId: string;
  readonly gatewayUrl: string;
  readonly origin: () => string;
  readonly now: () => number;
  readonly id: () => string;
  readonly invocations: ReadonlyMap<string, Invocation>;
  commands: readonly Record<string, unknown>[];
  readonly messages: Map<string, Snapshot>;
  readonly files: Map<string, StoredAttachment>;
  readonly sizeLimit: (guildId: string | undefined) => number;
  readonly channel: (id: string) => object | undefined;
  readonly message: (snapshot: Snapshot) => object;
  readonly changed: (snapshot: Snapshot, invocation: Invocation | undefined) => void;
}

const TOKEN_LIFE_MS = 15 * 60_000;
const ANSWER_WITHIN_MS = 3000;
const EPHEMERAL = 64;

interface Body {
  readonly content?: string;
  readonly embeds?: unknown[];
  readonly components?: unknown[];
  readonly flags?: number;
  readonly attachments?: { id: string | number; description?: string; filename?: string }[];
}

class ApiError extends Error {
  constructor(
    readonly status: 400 | 401 | 404 | 413,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

async function readBody(c: Context): Promise<{ body: Record<string, unknown>; files: Map<string, File> }> {
  const files = new Map<string, File>();
  if (!c.req.header('content-type')?.startsWith('multipart/')) {
    const text = await c.req.text();
    return { body: text ? (JSON.parse(text) as Record<string, unknown>) : {}, files };
  }
  const form = await c.req.formData();
  for (const [name, value] of form.entries()) {
    const number = /^files\[(\d+)\]$/.exec(name)?.[1];
    if (number !== undefined && value instanceof File) files.set(number, value);
  }
  const payload = form.get('payload_json');
  return { body: JSON.parse(typeof payload === 'string' ? payload : '{}') as Record<string, unknown>, files };
}

async function store(
  backend: Backend,
  body: Body,
  files: ReadonlyMap<string, File>,
  before: Snapshot | undefined,
  limit: number,
): Promise<StoredAttachment[] | undefined> {
  if (!body.attachments && files.size === 0) return undefined;
  const kept = (body.attachments ?? []).flatMap(
    ({ id }) => before?.attachments.find((a) => a.id === String(id)) ?? [],
  );
  for (const [number, file] of files) {
    if (file.size > limit) throw new ApiError(413, 40005, 'Request entity too large');
    const id = backend.id();
    const attachment = {
      id,
      filename: file.name,
      size: file.size,
      contentType: file.type,
      description: body.attachments?.find((a) => String(a.id) === number)?.description,
      url: `${backend.origin()}/files/${id}/${file.name}`,
      bytes: new Uint8Array(await file.arrayBuffer()),
    };
    backend.files.set(id, attachment);
    kept.push(attachment);
  }
  return kept;
}

async function write(
  backend: Backend,
  given: { body: Body; files: ReadonlyMap<string, File>; before?: Snapshot | undefined; channelId: string },
  invocation: Invocation | undefined,
): Promise<Snapshot> {
  const { body, files, before, channelId } = given;
  const attachments = await store(backend, body, files, before, backend.sizeLimit(invocation?.guildId));
  const snapshot: Snapshot = {
    at: backend.now(),
    id: before?.id ?? backend.id(),
    channelId,
    content: body.content ?? before?.content ?? '',
    embeds: body.embeds ?? before?.embeds ?? [],
    components: body.components ?? before?.components ?? [],
    flags: body.flags ?? before?.flags ?? 0,
    attachments: attachments ?? before?.attachments ?? [],
    deleted: false,
  };
  backend.messages.set(snapshot.id, snapshot);
  backend.changed(snapshot, invocation);
  return snapshot;
}

export function restRoutes(backend: Backend): Hono {
  const api = new Hono();
  const authorised = (c: Context): void => {
    if (c.req.header('authorization') !== `Bot ${backend.token}`)
      throw new ApiError(401, 0, '401: Unauthorized');
  };
  const bot = () => ({
    id: backend.applicationId,
    username: 'Reverie',
    discriminator: '0',
    avatar: null,
    bot: true,
  });
  const known = (id: string): Snapshot => {
    const message = backend.messages.get(id);
    if (!message || message.deleted) throw new ApiError(404, 10008, 'Unknown Message');
    return message;
  };
  const byToken = (token: string): Invocation => {
    const invocation = [...backend.invocations.values()].find((i) => i.token === token);
    if (!invocation) throw new ApiError(404, 10015, 'Unknown Webhook');
    if (backend.now() - invocation.begun > TOKEN_LIFE_MS)
      throw new ApiError(401, 50027, 'Invalid Webhook Token');
    return invocation;
  };
  const owner = (id: string) => [...backend.invocations.values()].find((i) => i.latest()?.id === id);
  const remove = (message: Snapshot): void => {
    const gone = { ...message, at: backend.now(), deleted: true };
    backend.messages.set(message.id, gone);
    backend.changed(gone, owner(message.id));
  };

  api.onError((error, c) => {
    if (error instanceof ApiError) return c.json({ code: error.code, message: error.message }, error.status);
    return c.json({ code: 0, message: error.message }, 500);
  });
  api.get('/gateway', (c) => c.json({ url: backend.gatewayUrl }));
  api.get('/gateway/bot', (c) => {
    authorised(c);
    return c.json({
      url: backend.gatewayUrl,
      shards: 1,
      session_start_limit: { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 },
    });
  });
  api.get('/users/@me', (c) => {
    authorised(c);
    return c.json(bot());
  });
  api.get('/applications/:id/commands', (c) => {
    authorised(c);
    return c.json(backend.commands);
  });
  api.put('/applications/:id/commands', async (c) => {
    authorised(c);
    const commands = await c.req.json<Record<string, unknown>[]>();
    backend.commands = commands.map((command) => ({
      type: 1,
      ...command,
      id: backend.id(),
      application_id: backend.applicationId,
      version: backend.id(),
    }));
    return c.json(backend.commands);
  });

  api.post('/interactions/:id/:token/callback', async (c) => {
    const invocation = backend.invocations.get(c.req.param('id'));
    const after = backend.now() - (invocation?.begun ?? 0);
    if (invocation?.token !== c.req.param('token') || after > ANSWER_WITHIN_MS)
      throw new ApiError(404, 10062, 'Unknown interaction');
    if (invocation.answeredAfterMs !== undefined)
      throw new ApiError(400, 40060, 'Interaction has already been acknowledged.');
    const { body, files } = await readBody(c);
    invocation.answeredAfterMs = after;
    invocation.answerType = body.type as number;
    const data = (body.data ?? {}) as Body & { choices?: { name: string; value: string }[] };
    let message: Snapshot | undefined;
    if (body.type === 8) invocation.choices = data.choices ?? [];
    if (body.type === 4 || body.type === 5) {
      const loading = body.type === 5 ? 128 : 0;
      const written = { ...data, flags: ((data.flags ?? 0) & EPHEMERAL) | loading };
      message = await write(backend, { body: written, files, channelId: invocation.channelId }, invocation);
    }
    invocation.wake();
    if (c.req.query('with_response') !== 'true') return c.body(null, 204);
    return c.json({
      interaction: { id: invocation.id, type: 2, response_message_id: message?.id },
      ...(message ? { resource: { type: body.type, message: backend.message(message) } } : {}),
    });
  });
  const original = (invocation: Invocation, id: string): Snapshot => {
    const message = id === '@original' ? invocation.latest() : backend.messages.get(id);
    return known(message?.id ?? '');
  };
  api.get('/webhooks/:app/:token/messages/:id', (c) =>
    c.json(backend.message(original(byToken(c.req.param('token')), c.req.param('id')))),
  );
  api.patch('/webhooks/:app/:token/messages/:id', async (c) => {
    const invocation = byToken(c.req.param('token'));
    const before = original(invocation, c.req.param('id'));
    const { body, files } = await readBody(c);
    const flags = before.flags & EPHEMERAL;
    const written = await write(
      backend,
      { body: { ...body, flags }, files, before, channelId: before.channelId },
      invocation,
    );
    return c.json(backend.message(written));
  });
  api.delete('/webhooks/:app/:token/messages/:id', (c) => {
    remove(original(byToken(c.req.param('token')), c.req.param('id')));
    return c.body(null, 204);
  });
  api.post('/webhooks/:app/:token', async (c) => {
    const { body, files } = await readBody(c);
    const { channelId } = byToken(c.req.param('token'));
    return c.json(backend.message(await write(backend, { body, files, channelId }, undefined)));
  });

  api.get('/channels/:id', (c) => {
    authorised(c);
    const channel = backend.channel(c.req.param('id'));
    if (!channel) throw new ApiError(404, 10003, 'Unknown Channel');
    return c.json(channel);
  });
  api.post('/channels/:id/messages', async (c) => {
    authorised(c);
    const { body, files } = await readBody(c);
    return c.json(
      backend.message(await write(backend, { body, files, channelId: c.req.param('id') }, undefined)),
    );
  });
  api.get('/channels/:id/messages/:message', (c) => {
    authorised(c);
    return c.json(backend.message(known(c.req.param('message'))));
  });
  api.patch('/channels/:id/messages/:message', async (c) => {
    authorised(c);
    const before = known(c.req.param('message'));
    const { body, files } = await readBody(c);
    const written = { body, files, before, channelId: before.channelId };
    return c.json(backend.message(await write(backend, written, owner(before.id))));
  });
  api.delete('/channels/:id/messages/:message', (c) => {
    authorised(c);
    remove(known(c.req.param('message')));
    return c.body(null, 204);
  });
  api.notFound((c) => c.json({ code: 0, message: '404: Not Found' }, 404));
  return api;
}
