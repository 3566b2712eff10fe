/** The sandbox's threads, permissions, user installations, and expiring addresses. */
import {
  AttachmentFlags,
  ChannelType,
  GatewayOpcodes,
  InteractionResponseType,
  MessageFlags,
  PermissionFlagsBits,
  RESTJSONErrorCodes as Code,
} from 'discord-api-types/v10';
import { REST } from 'discord.js';
import WebSocket from 'ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../src/sandbox/index.js';

let skew = 0;
let sandbox: Sandbox;
let rest: REST;
const { SendMessages, ViewChannel } = PermissionFlagsBits;

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => Date.now() + skew });
  rest = new REST({ api: sandbox.api, retries: 0 }).setToken(sandbox.token);
});
afterAll(() => sandbox.close());

const post = (
  channel: string,
  body: object = { content: 'hello' },
  files: { name: string; data: Buffer }[] = [],
) =>
  rest.post(`/channels/${channel}/messages`, { body, files }) as Promise<{
    id: string;
    attachments: { url: string; description?: string; flags?: number }[];
  }>;
const code = (wanted: number) => expect.objectContaining({ code: wanted }) as unknown;

it('an archived thread is closed until someone posts in it', async () => {
  const parent = sandbox.addChannel({ guild: sandbox.guilds[0]!.id, name: 'late', ageRestricted: true });
  const thread = sandbox.addThread({ channel: parent.id, name: 'night' });
  expect(await rest.get(`/channels/${thread.id}`)).toMatchObject({
    type: ChannelType.PublicThread,
    parent_id: parent.id,
  });
  expect(await rest.get(`/channels/${parent.id}`)).toMatchObject({ type: ChannelType.GuildText, nsfw: true });
  const { id } = await post(thread.id);
  sandbox.archiveThread(thread.id);
  await expect(
    rest.patch(`/channels/${thread.id}/messages/${id}`, { body: { content: 'x' } }),
  ).rejects.toEqual(code(Code.InvalidActionOnArchivedThread));
  await expect(
    rest.put(`/channels/${thread.id}/messages/${id}/reactions/${encodeURIComponent('⭐')}/@me`),
  ).rejects.toEqual(code(Code.InvalidActionOnArchivedThread));
  await post(thread.id);
  await rest.patch(`/channels/${thread.id}/messages/${id}`, { body: { content: 'x' } });
});

it('missing permissions are refused: 50001 without access to the channel, 50013 otherwise', async () => {
  const { id } = sandbox.addChannel({ guild: sandbox.guilds[0]!.id, name: 'quiet' });
  const thread = sandbox.addThread({ channel: id, name: 'whisper' });
  sandbox.limitPermissions(id, 0n);
  await expect(rest.get(`/channels/${id}`)).rejects.toEqual(code(Code.MissingAccess));
  sandbox.limitPermissions(id, ViewChannel | SendMessages);
  await post(id);
  await expect(post(id, {}, [{ name: 'a.png', data: Buffer.from('x') }])).rejects.toEqual(
    code(Code.MissingPermissions),
  );
  await expect(post(thread.id)).rejects.toEqual(code(Code.MissingPermissions));
  const closed = sandbox.addUser({ name: 'Hermit', refusesDirectMessages: true });
  const direct = (await rest.post('/users/@me/channels', { body: { recipient_id: closed.id } })) as {
    id: string;
  };
  await expect(post(direct.id)).rejects.toEqual(code(Code.CannotSendMessagesToThisUser));
});

it('where only a user has installed the app, there is no channel access and there are five follow-ups', async () => {
  const guild = sandbox.addGuild({ name: 'Elsewhere', installed: false });
  const channel = guild.channelIds[0]!;
  await expect(rest.get(`/channels/${channel}`)).rejects.toEqual(code(Code.MissingAccess));
  await expect(rest.get(`/guilds/${guild.id}`)).rejects.toEqual(code(Code.UnknownGuild));
  await rest.post(`/applications/${sandbox.applicationId}/commands`, { body: { name: 'dream' } });
  const socket = new WebSocket(`${sandbox.url.replace('http', 'ws')}/gateway`);
  const heard = new Promise<{ id: string; token: string; authorizing_integration_owners: object }>(
    (resolve) => {
      socket.on('message', (raw: Buffer) => {
        const { op, t, d } = JSON.parse(raw.toString()) as { op: GatewayOpcodes; t: string; d: never };
        if (op === GatewayOpcodes.Hello)
          socket.send(
            JSON.stringify({ op: GatewayOpcodes.Identify, d: { token: sandbox.token, intents: 1 } }),
          );
        if (t === 'READY') void sandbox.command({ name: 'dream', guild: guild.id });
        if (t === 'INTERACTION_CREATE') resolve(d);
      });
    },
  );
  const { id, token, authorizing_integration_owners } = await heard;
  expect(authorizing_integration_owners).toEqual({ '1': sandbox.users[0]!.id });
  const quiet = { auth: false };
  await rest.post(`/interactions/${id}/${token}/callback`, {
    body: { type: InteractionResponseType.DeferredChannelMessageWithSource },
    ...quiet,
  });
  const follow = (flags = 0) =>
    rest.post(`/webhooks/${sandbox.applicationId}/${token}`, { body: { content: 'more', flags }, ...quiet });
  // The first one becomes the deferred reply, as public as that is, and does not count.
  const original = (await rest.get(
    `/webhooks/${sandbox.applicationId}/${token}/messages/@original`,
    quiet,
  )) as {
    id: string;
  };
  expect(await follow(MessageFlags.Ephemeral)).toMatchObject({ id: original.id, content: 'more', flags: 0 });
  for (let i = 0; i < 5; i++) await follow();
  await expect(follow()).rejects.toEqual(code(Code.ThisInteractionHasHitTheMaximumNumberOfFollowUpMessages));
  socket.terminate();
});

it('descriptions of pictures may have 1024 characters', async () => {
  const channel = sandbox.guilds[0]!.channelIds[0]!;
  const said = (description: string) => {
    const image = { url: 'https://example.org/a.png', description };
    return post(channel, { embeds: [{ image }] }) as Promise<unknown>;
  };
  expect(await said('a small x')).toMatchObject({ embeds: [{ image: { description: 'a small x' } }] });
  await expect(said('x'.repeat(1025))).rejects.toEqual(code(Code.InvalidFormBodyOrContentType));
  const attachments = [{ id: 0, description: 'x'.repeat(1025) }];
  const files = [{ name: 'a.txt', data: Buffer.from('x') }];
  await expect(post(channel, { attachments }, files)).rejects.toEqual(
    code(Code.InvalidFormBodyOrContentType),
  );
});

it('an attachment has its description and spoiler flag, and its address expires after a day', async () => {
  const body = { attachments: [{ id: 0, description: 'a small x' }] };
  const { id, attachments } = await post(sandbox.guilds[0]!.channelIds[0]!, body, [
    { name: 'SPOILER_a.txt', data: Buffer.from('x') },
  ]);
  expect(attachments).toMatchObject([{ description: 'a small x', flags: AttachmentFlags.IsSpoiler }]);
  const { url } = attachments[0]!;
  expect((await fetch(url)).status).toBe(200);
  expect((await fetch(url.split('?')[0]!)).status).toBe(404);
  skew = 25 * 3_600_000;
  expect((await fetch(url)).status).toBe(404);
  const again = (await rest.get(`/channels/${sandbox.guilds[0]!.channelIds[0]!}/messages/${id}`)) as {
    attachments: { url: string }[];
  };
  expect((await fetch(again.attachments[0]!.url)).status).toBe(200);
  skew = 0;
});

it('commands can be created, edited and deleted one by one', async () => {
  const route = `/applications/${sandbox.applicationId}/commands` as const;
  const made = (await rest.post(route, { body: { name: 'one', description: 'a' } })) as { id: string };
  expect(await rest.post(route, { body: { name: 'one', description: 'b' } })).toMatchObject({ id: made.id });
  expect(await rest.patch(`${route}/${made.id}`, { body: { description: 'c' } })).toMatchObject({
    name: 'one',
    description: 'c',
  });
  await rest.delete(`${route}/${made.id}`);
  await expect(rest.get(`${route}/${made.id}`)).rejects.toEqual(code(Code.UnknownApplicationCommand));
});
