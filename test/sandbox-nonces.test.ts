/** Sending a message twice to the sandbox: nonces, lost answers, and the channel's history. */
import { PermissionFlagsBits, REST } from 'discord.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../src/sandbox/index.js';

const MINUTE = 60_000;
const { ReadMessageHistory, SendMessages, ViewChannel } = PermissionFlagsBits;

let skew = 0;
let sandbox: Sandbox;
let rest: REST;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => Date.now() + skew });
  rest = new REST({ api: sandbox.api, retries: 0 }).setToken(sandbox.token);
});
afterAll(() => sandbox.close());

interface Sent {
  readonly id: string;
  readonly content: string;
}
const newChannel = () => sandbox.addChannel({ guild: sandbox.guilds[0]!.id, name: 'nonces' }).id;
const send = (channel: string, content: string, nonce?: string) =>
  rest.post(`/channels/${channel}/messages`, {
    body: { content, ...(nonce === undefined ? {} : { nonce, enforce_nonce: true }) },
  }) as Promise<Sent>;
const contents = (channel: string) => (sandbox.messages(channel) as Sent[]).map(({ content }) => content);

it('a repeated nonce returns the message that was sent with it, as it now is, from any channel', async () => {
  const [here, there] = [newChannel(), newChannel()];
  const first = await send(here, 'first', 'n1');
  expect(await send(here, 'second', 'n1')).toMatchObject({ id: first.id, content: 'first' });
  await rest.patch(`/channels/${here}/messages/${first.id}`, { body: { content: 'edited' } });
  expect(await send(there, 'third', 'n1')).toMatchObject({ id: first.id, content: 'edited' });
  expect([contents(here), contents(there)]).toEqual([['edited'], []]);
});

it('a nonce expires after a few minutes', async () => {
  const channel = newChannel();
  await send(channel, 'early', 'n2');
  skew += 6 * MINUTE;
  await send(channel, 'late', 'n2');
  expect(contents(channel)).toEqual(['early', 'late']);
});

it('the nonce of a deleted message returns that message', async () => {
  const channel = newChannel();
  const { id } = await send(channel, 'doomed', 'n3');
  sandbox.deleteMessage(id);
  expect(await send(channel, 'again', 'n3')).toMatchObject({ id });
  expect(contents(channel)).toEqual([]);
});

it('a message can be accepted although its sender receives 502, a number of times or as a share', async () => {
  const channel = newChannel();
  const lost = {
    method: 'POST',
    path: new RegExp(`/channels/${channel}/messages$`),
    status: 502,
    late: true,
  };
  sandbox.fault(lost);
  await expect(send(channel, 'once')).rejects.toMatchObject({ status: 502 });
  expect(await send(channel, 'then')).toMatchObject({ content: 'then' });
  sandbox.fault({ ...lost, share: 0 });
  expect(await send(channel, 'never')).toMatchObject({ content: 'never' });
  sandbox.fault({ ...lost, share: 1 });
  for (const content of ['all', 'of them']) await expect(send(channel, content)).rejects.toThrow();
  expect(contents(channel)).toEqual(['once', 'then', 'never', 'all', 'of them']);
});

it('the history has pages in both directions, and is empty without permission to read it', async () => {
  const channel = newChannel();
  const ids: string[] = [];
  for (const content of ['1', '2', '3', '4']) ids.push((await send(channel, content)).id);
  const read = async (query: string) =>
    ((await rest.get(`/channels/${channel}/messages?${query}`)) as Sent[]).map(({ content }) => content);
  expect(await read('limit=2')).toEqual(['4', '3']);
  expect(await read(`limit=2&after=${ids[0]}`)).toEqual(['3', '2']);
  expect(await read(`limit=2&before=${ids[3]}`)).toEqual(['3', '2']);
  sandbox.limitPermissions(channel, ViewChannel | SendMessages);
  expect(await read('limit=2')).toEqual([]);
  sandbox.limitPermissions(channel, ViewChannel | SendMessages | ReadMessageHistory);
  expect(await read('limit=1')).toEqual(['4']);
});
