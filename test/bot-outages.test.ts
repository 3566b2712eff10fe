/** Discord becomes unavailable, or revokes access, while pictures are being rendered: they are delivered later, or stay available through `/show`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFinal, startTestBot, type Invocation, type TestBot, type Snapshot } from './test-bot.js';

const REPLY_PATH = /\/messages\/@original$/;
const INVALID_TOKEN = { message: 'Invalid Webhook Token', code: 50027 };
const POLL_OPTIONS = { timeout: 15_000 };

let testBot: TestBot;
beforeEach(async () => {
  testBot = await startTestBot({ stepMs: 60 });
});
afterEach(() => testBot.stop());

type Call = Partial<Parameters<TestBot['sandbox']['command']>[0]>;

async function startDream(call: Call = {}): Promise<Invocation> {
  const invocation = await testBot.sandbox.command({
    name: 'dream',
    options: { image: testBot.image },
    ...call,
  });
  await invocation.until(({ components }) => components.length > 0);
  return invocation;
}

/** From now on the interaction's token is rejected: only the bot's own token works. */
const expireToken = (times = 1) => {
  testBot.sandbox.fault({ method: 'PATCH', path: REPLY_PATH, status: 401, body: INVALID_TOKEN, times });
};
const picturesIn = (channelId: string) =>
  (testBot.sandbox.messages(channelId) as Snapshot[]).filter(({ attachments }) => attachments.length > 0);
const logsMatching = (words: RegExp) => testBot.logged.filter(({ msg }) => words.test(msg));
/** Every job's state, the newest first. */
const jobStates = () => testBot.storage.newest(10).map(({ state }) => state);

/** The pictures that the bot sent in direct messages. */
function directMessages(): Snapshot[] {
  const known = new Set(testBot.sandbox.guilds.flatMap(({ channelIds }) => channelIds));
  const ids = testBot.sandbox.requests.flatMap(({ method, path, status }) => {
    const id = /^\/channels\/(\d+)\/messages$/.exec(path)?.[1];
    return method === 'POST' && status === 200 && id !== undefined && !known.has(id) ? [id] : [];
  });
  return [...new Set(ids)].flatMap(picturesIn);
}

describe('when the gateway', () => {
  it('drops the connection, the session resumes and missed button presses are answered', async () => {
    const invocation = await startDream();
    testBot.sandbox.dropConnections();
    const asked = await testBot.sandbox.command({ name: 'queue' });
    expect((await invocation.until(isFinal)).attachments).toHaveLength(1);
    await asked.until(isFinal);
    expect(testBot.sandbox.resumes).toBe(1);
    expect(testBot.renderer.rendered).toHaveLength(1);
  });

  it('invalidates the session, the bot identifies again and carries on', async () => {
    const invocation = await startDream();
    testBot.sandbox.invalidateSessions();
    expect((await invocation.until(isFinal)).attachments).toHaveLength(1);
    await expect.poll(() => testBot.bot.client.isReady(), POLL_OPTIONS).toBe(true);
    await expect
      .poll(async () => {
        const asked = await testBot.sandbox.command({ name: 'about' });
        return asked.answered(500).catch(() => undefined);
      }, POLL_OPTIONS)
      .toBe(5);
    expect(testBot.sandbox.resumes).toBe(0);
  });
});

describe('when requests', () => {
  it('fail with 503 for longer than discord.js retries, the picture waits and is delivered once', async () => {
    const invocation = await startDream();
    const { id, channelId } = invocation.latest()!;
    testBot.sandbox.fault({ method: 'PATCH', path: REPLY_PATH, status: 503, times: 20 });
    const last = await invocation.until(isFinal, 20_000);
    expect(last.attachments).toHaveLength(1);
    expect(picturesIn(channelId).map((one) => one.id)).toEqual([id]);
    expect(logsMatching(/Discord is unreachable/).map(({ job }) => job)).toContain(
      testBot.storage.newest(1)[0]!.id,
    );
    await expect.poll(jobStates).toEqual(['completed']);
  });

  it('that post a message succeed but return 502 for longer than discord.js retries, only one message remains', async () => {
    const parent = await testBot.dream();
    const before = testBot.sandbox.messages(parent.channelId).length;
    const path = new RegExp(`^/channels/${parent.channelId}/messages$`);
    testBot.sandbox.fault({ method: 'POST', path, status: 502, late: true, times: 20 });
    // Nor can the channel be read meanwhile.
    testBot.sandbox.fault({ method: 'GET', path, status: 502, times: 8 });
    testBot.sandbox.react({ message: parent.id, emoji: '🔁' });
    await expect.poll(jobStates, POLL_OPTIONS).toEqual(['completed', 'completed']);
    const messages = (testBot.sandbox.messages(parent.channelId) as Snapshot[]).slice(before);
    expect(messages.map(isFinal)).toEqual([true]);
    expect(messages[0]!.attachments).toHaveLength(1);
    expect(testBot.storage.newest(1)[0]!.message?.messageId).toBe(messages[0]!.id);
  });

  it('are rate-limited repeatedly, the picture is delivered once', async () => {
    const invocation = await startDream();
    const body = { message: 'You are being rate limited.', retry_after: 0.1, global: true };
    const headers = { 'retry-after': '0.1', 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' };
    testBot.sandbox.fault({ method: 'PATCH', path: REPLY_PATH, status: 429, body, headers, times: 12 });
    const last = await invocation.until(isFinal, 20_000);
    expect(last.attachments).toHaveLength(1);
    expect(picturesIn(last.channelId)).toHaveLength(1);
  });
});

describe('the picture is sent as a direct message', () => {
  it('when the bot loses permission to write in the channel', async () => {
    const invocation = await startDream();
    expireToken();
    testBot.sandbox.limitPermissions(invocation.latest()!.channelId, 0n);
    await expect.poll(() => directMessages().length, POLL_OPTIONS).toBe(1);
    await expect.poll(jobStates).toEqual(['completed']);
    // Ten thousand refusals in ten minutes would ban the address: one is enough to know.
    const refused = testBot.sandbox.requests.filter(
      ({ method, status }) => method === 'PATCH' && status === 403,
    );
    expect(refused).toHaveLength(1);
  });

  it('when the channel is deleted', async () => {
    const { id } = testBot.sandbox.addChannel({ guild: testBot.sandbox.guilds[0]!.id, name: 'doomed' });
    await startDream({ channel: id });
    expireToken();
    testBot.sandbox.deleteChannel(id);
    await expect.poll(() => directMessages().length, POLL_OPTIONS).toBe(1);
    await expect.poll(jobStates).toEqual(['completed']);
  });

  it('when the bot is removed from the guild', async () => {
    await startDream();
    expireToken();
    testBot.sandbox.removeBot(testBot.sandbox.guilds[0]!.id);
    await expect.poll(() => directMessages().length, POLL_OPTIONS).toBe(1);
    await expect.poll(jobStates).toEqual(['completed']);
  });
});

it('an undeliverable picture stays available through /show, and the log says so', async () => {
  const user = testBot.sandbox.addUser({ name: 'Hermit', refusesDirectMessages: true }).id;
  const guild = testBot.sandbox.guilds[0]!.id;
  const { id: channel } = testBot.sandbox.addChannel({ guild, name: 'doomed' });
  await startDream({ channel, user });
  expireToken();
  testBot.sandbox.deleteChannel(channel);
  await expect.poll(() => logsMatching(/could not be delivered/), POLL_OPTIONS).toHaveLength(1);
  const [job] = testBot.storage.newest(1);
  expect(job).toMatchObject({ state: 'failed', code: 'not-delivered' });
  expect(logsMatching(/could not be delivered/)[0]).toMatchObject({ job: job!.id });
  const shown = await testBot.sandbox.command({ name: 'show', user, options: { job: job!.id } });
  expect((await shown.until(isFinal)).attachments).toHaveLength(1);
});

it('keeps using a token after a single 401', async () => {
  const invocation = await startDream();
  const { channelId } = invocation.latest()!;
  expireToken(20);
  const body = { message: '401: Unauthorized', code: 0 };
  testBot.sandbox.fault({ method: 'PATCH', path: new RegExp(`^/channels/${channelId}/`), status: 401, body });
  await expect.poll(() => picturesIn(channelId), POLL_OPTIONS).toHaveLength(1);
  expect(logsMatching(/accepts it again/)).toHaveLength(1);
  await expect.poll(jobStates).toEqual(['completed']);
});

it('stops when the token is revoked; finished pictures are delivered by the next process', async () => {
  const invocation = await startDream();
  const { channelId } = invocation.latest()!;
  expireToken(20);
  testBot.sandbox.revokeToken();
  expect(await testBot.bot.authenticationLost).toMatch(/^Discord does not accept DISCORD_TOKEN/);
  await expect.poll(jobStates, POLL_OPTIONS).toEqual(['delivering']);
  await testBot.restart();
  await expect.poll(() => picturesIn(channelId), POLL_OPTIONS).toHaveLength(1);
  await expect.poll(jobStates).toEqual(['completed']);
  expect(testBot.renderer.rendered).toHaveLength(1);
  expect(JSON.stringify(testBot.logged)).not.toContain('sandbox.bot.token');
});

it('waits for Discord when it is unavailable at startup', async () => {
  testBot.sandbox.fault({ method: 'GET', path: /^\/gateway\/bot$/, status: 503, times: 5 });
  await testBot.restart();
  expect(logsMatching(/Discord is unreachable/)).toHaveLength(1);
  expect((await testBot.dream()).attachments).toHaveLength(1);
});

describe('explains a fatal gateway close code in words', () => {
  const reasons: [number, RegExp][] = [
    [4004, /^Discord does not accept DISCORD_TOKEN\./],
    [4010, /does not accept the shard/],
    [4011, /too many servers for a single connection/],
    [4012, /no longer supports the gateway version.*newer version/],
    [4013, /does not know the gateway intents.*newer version/],
    [4014, /does not allow this bot to use the gateway intents.*developer portal/],
  ];
  it.each(reasons)('%i at login', async (code, words) => {
    const prepare = (sandbox: TestBot['sandbox']) => {
      sandbox.closeGateway(code);
    };
    await expect(startTestBot({ prepare })).rejects.toMatchObject({
      code: 'invalid-configuration',
      sentence: expect.stringMatching(words) as string,
    });
  });

  it.each(reasons)('%i after login', async (code, words) => {
    testBot.sandbox.closeGateway(code);
    expect(await testBot.bot.authenticationLost).toMatch(words);
  });
});

it('does not keep retrying with a malformed token', async () => {
  await expect(startTestBot({ token: 'sandbox.bot\ntoken' })).rejects.toThrow(
    /invalid authorization header/i,
  );
});

it('explains that a token is wrong', async () => {
  await expect(startTestBot({ token: 'wrong' })).rejects.toMatchObject({
    code: 'invalid-configuration',
    sentence: expect.stringMatching(/^Discord does not accept DISCORD_TOKEN/) as string,
  });
});
