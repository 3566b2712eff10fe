/** Discord goes away, or takes something from the bot, while pictures are painted: they wait and arrive, or stay for `/show`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { over, startLine, type Invocation, type Line, type Snapshot } from './bot-line.js';

const ORIGINAL = /\/messages\/@original$/;
const EXPIRED = { message: 'Invalid Webhook Token', code: 50027 };
const PATIENCE = { timeout: 15_000 };

let line: Line;
beforeEach(async () => {
  line = await startLine({ stepMs: 60 });
});
afterEach(() => line.stop());

type Call = Partial<Parameters<Line['sandbox']['command']>[0]>;

async function begin(call: Call = {}): Promise<Invocation> {
  const made = await line.sandbox.command({ name: 'dream', options: { image: line.image }, ...call });
  await made.until(({ components }) => components.length > 0);
  return made;
}

/** From now on the interaction's token is worth nothing: only the bot's own way is left. */
const expire = (times = 1) => {
  line.sandbox.fault({ method: 'PATCH', path: ORIGINAL, status: 401, body: EXPIRED, times });
};
const pictures = (channelId: string) =>
  (line.sandbox.messages(channelId) as Snapshot[]).filter(({ attachments }) => attachments.length > 0);
const said = (words: RegExp) => line.logged.filter(({ msg }) => words.test(msg));
/** Every job's state, the newest first. */
const states = () => line.store.newest(10).map(({ state }) => state);

/** Where the bot wrote to in person. */
function inPerson(): Snapshot[] {
  const known = new Set(line.sandbox.guilds.flatMap(({ channelIds }) => channelIds));
  const ids = line.sandbox.requests.flatMap(({ method, path, status }) => {
    const id = /^\/channels\/(\d+)\/messages$/.exec(path)?.[1];
    return method === 'POST' && status === 200 && id !== undefined && !known.has(id) ? [id] : [];
  });
  return [...new Set(ids)].flatMap(pictures);
}

describe('the gateway', () => {
  it('drops: the session is resumed, and what was pressed meanwhile is answered', async () => {
    const made = await begin();
    line.sandbox.dropConnections();
    const asked = await line.sandbox.command({ name: 'queue' });
    expect((await made.until(over)).attachments).toHaveLength(1);
    await asked.until(over);
    expect(line.sandbox.resumes).toBe(1);
    expect(line.renderer.rendered).toHaveLength(1);
  });

  it('calls the session invalid: the bot identifies anew and goes on', async () => {
    const made = await begin();
    line.sandbox.invalidateSessions();
    expect((await made.until(over)).attachments).toHaveLength(1);
    await expect.poll(() => line.bot.client.isReady(), PATIENCE).toBe(true);
    await expect
      .poll(async () => {
        const asked = await line.sandbox.command({ name: 'about' });
        return asked.answered(500).catch(() => undefined);
      }, PATIENCE)
      .toBe(5);
    expect(line.sandbox.resumes).toBe(0);
  });
});

describe('requests', () => {
  it('fail with 503 for longer than discord.js tries: the picture waits and arrives once', async () => {
    const made = await begin();
    const { id, channelId } = made.latest()!;
    line.sandbox.fault({ method: 'PATCH', path: ORIGINAL, status: 503, times: 20 });
    const last = await made.until(over, 20_000);
    expect(last.attachments).toHaveLength(1);
    expect(pictures(channelId).map((one) => one.id)).toEqual([id]);
    expect(said(/Discord is unreachable/).map(({ job }) => job)).toContain(line.store.newest(1)[0]!.id);
    await expect.poll(states).toEqual(['completed']);
  });

  it('that post a message are accepted and answered 502 for longer than discord.js tries: there is one message', async () => {
    const parent = await line.dream();
    const before = line.sandbox.messages(parent.channelId).length;
    const path = new RegExp(`^/channels/${parent.channelId}/messages$`);
    line.sandbox.fault({ method: 'POST', path, status: 502, late: true, times: 20 });
    // Nor can the channel be read meanwhile.
    line.sandbox.fault({ method: 'GET', path, status: 502, times: 8 });
    line.sandbox.react({ message: parent.id, emoji: '🔁' });
    await expect.poll(states, PATIENCE).toEqual(['completed', 'completed']);
    const messages = (line.sandbox.messages(parent.channelId) as Snapshot[]).slice(before);
    expect(messages.map(over)).toEqual([true]);
    expect(messages[0]!.attachments).toHaveLength(1);
    expect(line.store.newest(1)[0]!.message?.messageId).toBe(messages[0]!.id);
  });

  it('are put off again and again: the picture arrives once', async () => {
    const made = await begin();
    const body = { message: 'You are being rate limited.', retry_after: 0.1, global: true };
    const headers = { 'retry-after': '0.1', 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' };
    line.sandbox.fault({ method: 'PATCH', path: ORIGINAL, status: 429, body, headers, times: 12 });
    const last = await made.until(over, 20_000);
    expect(last.attachments).toHaveLength(1);
    expect(pictures(last.channelId)).toHaveLength(1);
  });
});

describe('the picture comes in person', () => {
  it('when the bot may no longer write in the channel', async () => {
    const made = await begin();
    expire();
    line.sandbox.limitPermissions(made.latest()!.channelId, 0n);
    await expect.poll(() => inPerson().length, PATIENCE).toBe(1);
    await expect.poll(states).toEqual(['completed']);
    // Ten thousand refusals in ten minutes would ban the address: one is enough to know.
    const refused = line.sandbox.requests.filter(
      ({ method, status }) => method === 'PATCH' && status === 403,
    );
    expect(refused).toHaveLength(1);
  });

  it('when the channel is deleted', async () => {
    const { id } = line.sandbox.addChannel({ guild: line.sandbox.guilds[0]!.id, name: 'doomed' });
    await begin({ channel: id });
    expire();
    line.sandbox.deleteChannel(id);
    await expect.poll(() => inPerson().length, PATIENCE).toBe(1);
    await expect.poll(states).toEqual(['completed']);
  });

  it('when the bot is put out of the guild', async () => {
    await begin();
    expire();
    line.sandbox.removeBot(line.sandbox.guilds[0]!.id);
    await expect.poll(() => inPerson().length, PATIENCE).toBe(1);
    await expect.poll(states).toEqual(['completed']);
  });
});

it('a picture that has nowhere to go stays for /show, and the operator is told', async () => {
  const user = line.sandbox.addUser({ name: 'Hermit', refusesDirectMessages: true }).id;
  const guild = line.sandbox.guilds[0]!.id;
  const { id: channel } = line.sandbox.addChannel({ guild, name: 'doomed' });
  await begin({ channel, user });
  expire();
  line.sandbox.deleteChannel(channel);
  await expect.poll(() => said(/could not be delivered/), PATIENCE).toHaveLength(1);
  const [job] = line.store.newest(1);
  expect(job).toMatchObject({ state: 'failed', code: 'not-delivered' });
  expect(said(/could not be delivered/)[0]).toMatchObject({ job: job!.id });
  const shown = await line.sandbox.command({ name: 'show', user, options: { job: job!.id } });
  expect((await shown.until(over)).attachments).toHaveLength(1);
});

it('a token that is refused once is not thrown away', async () => {
  const made = await begin();
  const { channelId } = made.latest()!;
  expire(20);
  const body = { message: '401: Unauthorized', code: 0 };
  line.sandbox.fault({ method: 'PATCH', path: new RegExp(`^/channels/${channelId}/`), status: 401, body });
  await expect.poll(() => pictures(channelId), PATIENCE).toHaveLength(1);
  expect(said(/accepts it again/)).toHaveLength(1);
  await expect.poll(states).toEqual(['completed']);
});

it('a token that is taken back ends the bot; what is finished waits for the next one', async () => {
  const made = await begin();
  const { channelId } = made.latest()!;
  expire(20);
  line.sandbox.revokeToken();
  expect(await line.bot.authenticationLost).toMatch(/^Discord does not accept DISCORD_TOKEN/);
  await expect.poll(states, PATIENCE).toEqual(['delivering']);
  await line.restart();
  await expect.poll(() => pictures(channelId), PATIENCE).toHaveLength(1);
  await expect.poll(states).toEqual(['completed']);
  expect(line.renderer.rendered).toHaveLength(1);
  expect(JSON.stringify(line.logged)).not.toContain('sandbox.bot.token');
});

it('a bot that starts while Discord is away waits for it', async () => {
  line.sandbox.fault({ method: 'GET', path: /^\/gateway\/bot$/, status: 503, times: 5 });
  await line.restart();
  expect(said(/Discord is unreachable/)).toHaveLength(1);
  expect((await line.dream()).attachments).toHaveLength(1);
});

describe('a gateway that closes for good says why in words, not by number', () => {
  const reasons: [number, RegExp][] = [
    [4004, /^Discord does not accept DISCORD_TOKEN\./],
    [4010, /does not accept the shard/],
    [4011, /too many servers for a single connection/],
    [4012, /no longer supports the gateway version.*newer version/],
    [4013, /does not know the gateway intents.*newer version/],
    [4014, /does not allow this bot to use the gateway intents.*developer portal/],
  ];
  it.each(reasons)('%i, at login', async (code, words) => {
    const prepare = (sandbox: Line['sandbox']) => {
      sandbox.closeGateway(code);
    };
    await expect(startLine({ prepare })).rejects.toMatchObject({
      code: 'invalid-configuration',
      sentence: expect.stringMatching(words) as string,
    });
  });

  it.each(reasons)('%i, later', async (code, words) => {
    line.sandbox.closeGateway(code);
    expect(await line.bot.authenticationLost).toMatch(words);
  });
});

it('a token that cannot be sent is no reason to wait for Discord', async () => {
  await expect(startLine({ token: 'sandbox.bot\ntoken' })).rejects.toThrow(/invalid authorization header/i);
});

it('a wrong token is refused in words', async () => {
  await expect(startLine({ token: 'wrong' })).rejects.toMatchObject({
    code: 'invalid-configuration',
    sentence: expect.stringMatching(/^Discord does not accept DISCORD_TOKEN/) as string,
  });
});
