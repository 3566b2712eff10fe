/** Requests that are refused: before any download, and visible only to the person who asked. Uses a real discord.js client on the loopback Discord. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  buttonOf,
  isFinal,
  startTestBot,
  textOf,
  type Invocation,
  type TestBot,
  type Snapshot,
} from './test-bot.js';

type Call = Parameters<TestBot['sandbox']['command']>[0];
interface RecordedMessage {
  id: string;
  content: string;
  flags: number;
  reactions: { emoji: { name: string } }[];
}

const EPHEMERAL = 1 << 6;
const FILE_PATH = /^\/files\//;
const HANG_MS = 60_000;

let testBot: TestBot;
let release: () => void = () => undefined;
beforeAll(async () => {
  testBot = await startTestBot({ commandsPerMinute: 12 });
});
afterAll(() => testBot.stop());
afterEach(async () => {
  release();
  testBot.renderer.gates.render = Promise.resolve();
  await run({ name: 'settings reset', user: testBot.sandbox.addUser({ name: 'Admin', moderator: true }).id });
});

/** Nothing renders until the test is over. */
const holdRenders = () => {
  testBot.renderer.gates.render = new Promise((resolve) => {
    release = resolve;
  });
};
const newUser = (name = 'Someone') => testBot.sandbox.addUser({ name }).id;
const requestDream = (call: Partial<Call> = {}): Promise<Invocation> =>
  testBot.sandbox.command({ name: 'dream', ...call, options: { image: testBot.image, ...call.options } });
const run = async (call: Call): Promise<Snapshot> => (await testBot.sandbox.command(call)).until(isFinal);
const setLimits = (options: Call['options']) =>
  run({
    name: 'settings limits',
    user: testBot.sandbox.addUser({ name: 'Admin', moderator: true }).id,
    ...(options ? { options } : {}),
  });
const channel = () => testBot.sandbox.guilds[0]!.channelIds[0]!;
const channelMessages = (id = channel()) => testBot.sandbox.messages(id) as RecordedMessage[];
const press = (of: Snapshot, action: string, user: string) =>
  testBot.sandbox.component({ message: of.id, customId: buttonOf(of, action), user });
const untilQueued = (invocation: Invocation) => invocation.until(({ components }) => components.length > 0);
const openJobCount = () => testBot.storage.inState(['queued', 'running']).length;

describe('a full queue', () => {
  it('refuses without a download, and only the requester sees it', async () => {
    const user = newUser();
    await setLimits({ per_user: 1 });
    holdRenders();
    await untilQueued(await requestDream({ user }));
    const [downloads, messageCount] = [testBot.sandbox.downloads.length, channelMessages().length];
    for (let i = 0; i < 5; i++) {
      const refused = await (await requestDream({ user })).until(isFinal);
      expect(refused.content).toMatch(/already have 1 picture/);
      expect(refused.flags & EPHEMERAL).toBe(EPHEMERAL);
    }
    expect(testBot.sandbox.downloads).toHaveLength(downloads);
    // The refusals, which only one person sees, and nothing beside them.
    expect(
      channelMessages()
        .slice(messageCount)
        .map(({ flags }) => flags),
    ).toEqual(Array(5).fill(EPHEMERAL));
  });

  it('counts requests that are still being downloaded', async () => {
    const user = newUser();
    await setLimits({ per_user: 1 });
    testBot.sandbox.fault({ method: 'GET', path: FILE_PATH, status: 200, delayMs: 400 });
    const first = await requestDream({ user });
    await first.answered();
    expect((await (await requestDream({ user })).until(isFinal)).content).toMatch(/already have 1 picture/);
    expect((await first.until(isFinal)).attachments).toHaveLength(1);
    expect((await (await requestDream({ user })).until(isFinal)).attachments).toHaveLength(1);
  });

  it('has room again after a failed download', async () => {
    const user = newUser();
    await setLimits({ per_user: 1 });
    testBot.sandbox.fault({ method: 'GET', path: FILE_PATH, status: 404 });
    const failed = await (await requestDream({ user })).until(isFinal);
    expect(failed.content).toMatch(/couldn’t download/);
    expect(failed.flags & EPHEMERAL).toBe(EPHEMERAL);
    expect((await (await requestDream({ user })).until(isFinal)).attachments).toHaveLength(1);
  });
});

it('only the requester sees that a downloaded picture was refused', async () => {
  const text = { name: 'a.png', bytes: new TextEncoder().encode('no picture at all') };
  const user = newUser();
  const before = channelMessages().length;
  const refused = await (await requestDream({ user, options: { image: text } })).until(isFinal);
  expect(refused.content).toMatch(/couldn’t read that file/);
  expect(refused.flags & EPHEMERAL).toBe(EPHEMERAL);
  expect(channelMessages().slice(before)).toMatchObject([{ content: refused.content, flags: EPHEMERAL }]);
});

it('checks settings before a download, for commands, menus and forms', async () => {
  const user = newUser('Blocked');
  const shown = await testBot.dream();
  const admin = testBot.sandbox.addUser({ name: 'Admin', moderator: true }).id;
  await run({ name: 'settings block', user: admin, options: { user } });
  const downloads = testBot.sandbox.downloads.length;
  const menus = ['Dream this', 'Paint this…', 'Use as style for…'].map((name) =>
    testBot.sandbox.contextCommand({ name, target: shown.id, user }),
  );
  for (const pending of [requestDream({ user }), ...menus]) {
    const refused = await (await pending).until(isFinal);
    expect(refused.content).toMatch(/not allowed to use me here/);
    expect(refused.flags & EPHEMERAL).toBe(EPHEMERAL);
  }
  expect(testBot.sandbox.downloads).toHaveLength(downloads);
});

it('cancelling a request stops its download', async () => {
  const user = newUser();
  testBot.sandbox.fault({ method: 'GET', path: FILE_PATH, status: 200, delayMs: HANG_MS });
  const downloads = testBot.sandbox.downloads.length;
  const invocation = await requestDream({ user });
  await expect.poll(() => testBot.sandbox.downloads.length).toBe(downloads + 1);
  expect(testBot.sandbox.downloads.at(-1)!.abandoned).toBe(false);
  expect((await run({ name: 'cancel', user })).content).toMatch(/Cancelled/);
  await expect.poll(() => testBot.sandbox.downloads.at(-1)!.abandoned).toBe(true);
  expect((await invocation.until(isFinal)).content).toMatch(/cancelled/);
});

it('limits how many commands a user can send per minute', async () => {
  const user = newUser('Hasty');
  const replies: Snapshot[] = [];
  for (let i = 0; i < 13; i++) replies.push(await run({ name: 'queue', user }));
  expect(replies.slice(0, 12).filter(({ content }) => content.includes('lot at once'))).toEqual([]);
  expect(replies[12]!.content).toMatch(/a bit fast/);
  expect((await run({ name: 'queue', user: newUser('Calm') })).content).not.toMatch(/a bit fast/);
});

describe('repeated identical requests', () => {
  it('eight presses of a button make one picture', async () => {
    const shown = await testBot.dream();
    const user = newUser('Presser');
    holdRenders();
    const presses = await Promise.all(Array.from({ length: 8 }, () => press(shown, 'deeper', user)));
    const states = await Promise.all(
      presses.map((invocation) => invocation.until(({ content }) => content !== '')),
    );
    const refused = states.filter(({ content }) => content.includes('already asked for that'));
    expect(refused).toHaveLength(7);
    expect(refused.every(({ flags }) => (flags & EPHEMERAL) === EPHEMERAL)).toBe(true);
    expect(openJobCount()).toBe(1);
    // Something else from the same picture, and the same by somebody else, are other wishes.
    await untilQueued(await press(shown, 'again', newUser()));
    await untilQueued(await press(shown, 'deeper', newUser()));
    expect(openJobCount()).toBe(3);
  });

  it('a button and a reaction make one picture, even across a restart; once it is done, they can make another', async () => {
    const shown = await testBot.dream();
    const user = newUser('Presser');
    holdRenders();
    await untilQueued(await press(shown, 'deeper', user));
    const restarting = testBot.restart();
    release();
    holdRenders();
    await restarting;
    const refused = await press(shown, 'deeper', user);
    expect((await refused.until(isFinal)).content).toMatch(/already asked for that/);
    testBot.sandbox.react({ message: shown.id, emoji: '🌀', user });
    await expect
      .poll(() => channelMessages().some(({ content }) => content.includes('already asked for that')))
      .toBe(true);
    expect(openJobCount()).toBe(1);
    release();
    await expect.poll(openJobCount).toBe(0);
    expect((await (await press(shown, 'deeper', user)).until(isFinal)).attachments).toHaveLength(1);
  });
});

describe('a reaction that is refused', () => {
  it('gets a reply that names the user, pings nobody, and is deleted when the bot stops', async () => {
    const shown = await testBot.dream();
    const user = newUser('Reactor');
    testBot.sandbox.react({ message: shown.id, emoji: '❌', user });
    const answer = () =>
      (testBot.sandbox.messages(channel()) as (RecordedMessage & { mentions: unknown[] })[]).find(
        ({ content }) => content.startsWith(`<@${user}>`),
      );
    await expect.poll(answer).toBeDefined();
    expect(answer()).toMatchObject({
      content: expect.stringMatching(/Only the person who asked/) as string,
      mentions: [],
    });
    await testBot.restart();
    expect(answer()).toBeUndefined();
    expect(await testBot.storage.unwantedMessages()).toEqual([]);
  });

  it('gets a reaction from the bot where the bot cannot send messages', async () => {
    const guild = testBot.sandbox.guilds[0]!.id;
    const quiet = testBot.sandbox.addChannel({ guild, name: 'quiet' }).id;
    const shown = await testBot.dream({ channel: quiet });
    // Everything but sending messages.
    testBot.sandbox.limitPermissions(quiet, (1n << 47n) - 1n - (1n << 11n));
    testBot.sandbox.react({ message: shown.id, emoji: '❌', user: newUser() });
    const emojis = () =>
      channelMessages(quiet).flatMap(({ reactions }) => reactions.map(({ emoji }) => emoji.name));
    await expect.poll(emojis).toContain('🚫');
  });

  it('does not flood the channel', async () => {
    const shown = await testBot.dream();
    const user = newUser('Drummer');
    for (let i = 0; i < 6; i++) {
      testBot.sandbox.react({ message: shown.id, emoji: '❌', user });
      testBot.sandbox.react({ message: shown.id, emoji: '❌', user, remove: true });
    }
    const refused = () => testBot.logged.filter(({ msg }) => msg === 'a reaction was refused').length;
    const from = refused();
    await expect.poll(() => refused() - from).toBe(6);
    await expect
      .poll(() => channelMessages().filter(({ content }) => content.startsWith(`<@${user}>`)).length)
      .toBe(2);
  });
});

it('🎨 for a user without a style says which style was used and how to set one', async () => {
  const shown = await testBot.dream();
  const user = newUser();
  const byButton = await (await press(shown, 'mine', user)).until(isFinal);
  expect(textOf(byButton)).toMatch(/in the style “Swirling night”.*right-click/);
  const german = await testBot.sandbox.component({
    message: shown.id,
    customId: buttonOf(shown, 'mine'),
    user: newUser(),
    locale: 'de',
  });
  expect(textOf(await german.until(isFinal))).toMatch(/Rechtsklick/);
});

describe('files that are too large for Discord', () => {
  for (const action of ['losses', 'growth', 'original'])
    it(`are compressed: ${action}`, async () => {
      const shown = await testBot.dream();
      const body = { message: 'Request entity too large', code: 40005 };
      testBot.sandbox.fault({ method: 'PATCH', path: /\/messages\/@original$/, status: 413, body });
      const invocation = await press(shown, action, newUser());
      expect((await invocation.until(isFinal)).attachments).toHaveLength(1);
    });

  it('get an explanation when compression is not enough: /show', async () => {
    const shown = await testBot.dream();
    const body = { message: 'Request entity too large', code: 40005 };
    testBot.sandbox.fault({ method: 'PATCH', path: /\/messages\/@original$/, status: 413, body, times: 4 });
    const job = buttonOf(shown, 'remix').split(':')[2]!;
    const refused = await run({ name: 'show', user: newUser(), options: { job } });
    expect(refused.content).toMatch(/too large to upload here/);
    expect(refused.flags & EPHEMERAL).toBe(EPHEMERAL);
  });
});
