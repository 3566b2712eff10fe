/** What is refused, before anything is downloaded for it and to one person alone. A real discord.js client on the loopback Discord. */
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
  it('refuses without a download, and in sight of nobody else', async () => {
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

  it('counts what is still being downloaded', async () => {
    const user = newUser();
    await setLimits({ per_user: 1 });
    testBot.sandbox.fault({ method: 'GET', path: FILE_PATH, status: 200, delayMs: 400 });
    const first = await requestDream({ user });
    await first.answered();
    expect((await (await requestDream({ user })).until(isFinal)).content).toMatch(/already have 1 picture/);
    expect((await first.until(isFinal)).attachments).toHaveLength(1);
    expect((await (await requestDream({ user })).until(isFinal)).attachments).toHaveLength(1);
  });

  it('is no longer full when a download failed', async () => {
    const user = newUser();
    await setLimits({ per_user: 1 });
    testBot.sandbox.fault({ method: 'GET', path: FILE_PATH, status: 404 });
    const failed = await (await requestDream({ user })).until(isFinal);
    expect(failed.content).toMatch(/couldn’t download/);
    expect(failed.flags & EPHEMERAL).toBe(EPHEMERAL);
    expect((await (await requestDream({ user })).until(isFinal)).attachments).toHaveLength(1);
  });
});

it('a picture that is refused after its download is refused to one person alone', async () => {
  const text = { name: 'a.png', bytes: new TextEncoder().encode('no picture at all') };
  const user = newUser();
  const before = channelMessages().length;
  const refused = await (await requestDream({ user, options: { image: text } })).until(isFinal);
  expect(refused.content).toMatch(/couldn’t read that file/);
  expect(refused.flags & EPHEMERAL).toBe(EPHEMERAL);
  expect(channelMessages().slice(before)).toMatchObject([{ content: refused.content, flags: EPHEMERAL }]);
});

it('settings are checked before a download, by commands, menus and forms', async () => {
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

it('a request that is cancelled stops its download', async () => {
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

it('commands have a limit for each person', async () => {
  const user = newUser('Hasty');
  const replies: Snapshot[] = [];
  for (let i = 0; i < 13; i++) replies.push(await run({ name: 'queue', user }));
  expect(replies.slice(0, 12).filter(({ content }) => content.includes('lot at once'))).toEqual([]);
  expect(replies[12]!.content).toMatch(/a bit fast/);
  expect((await run({ name: 'queue', user: newUser('Calm') })).content).not.toMatch(/a bit fast/);
});

describe('the same thing, asked for again and again', () => {
  it('makes one picture: by eight presses of a button', async () => {
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

  it('makes one picture: by a button and a reaction, also over a restart; and another one once it is there', async () => {
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
  it('is answered in a reply that names the person, pings nobody, and is taken away when the bot stops', async () => {
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

  it('is answered by a reaction of the bot where it may not write', async () => {
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

  it('does not fill the channel', async () => {
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

it('🎨 without a style of one’s own says which style it took, and how to set one', async () => {
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

describe('files that Discord finds too large', () => {
  for (const action of ['losses', 'growth', 'original'])
    it(`are made smaller: ${action}`, async () => {
      const shown = await testBot.dream();
      const body = { message: 'Request entity too large', code: 40005 };
      testBot.sandbox.fault({ method: 'PATCH', path: /\/messages\/@original$/, status: 413, body });
      const invocation = await press(shown, action, newUser());
      expect((await invocation.until(isFinal)).attachments).toHaveLength(1);
    });

  it('are refused in words where nothing helps: /show', async () => {
    const shown = await testBot.dream();
    const body = { message: 'Request entity too large', code: 40005 };
    testBot.sandbox.fault({ method: 'PATCH', path: /\/messages\/@original$/, status: 413, body, times: 4 });
    const job = buttonOf(shown, 'remix').split(':')[2]!;
    const refused = await run({ name: 'show', user: newUser(), options: { job } });
    expect(refused.content).toMatch(/too large to upload here/);
    expect(refused.flags & EPHEMERAL).toBe(EPHEMERAL);
  });
});
