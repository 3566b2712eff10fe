/** What is refused, before anything is downloaded for it and to one person alone. A real discord.js client on the loopback Discord. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buttonOf, over, startLine, textOf, type Invocation, type Line, type Snapshot } from './bot-line.js';

type Call = Parameters<Line['sandbox']['command']>[0];
interface Told {
  id: string;
  content: string;
  flags: number;
  reactions: { emoji: { name: string } }[];
}

const EPHEMERAL = 1 << 6;
const FILES = /^\/files\//;
const NEVER_MS = 60_000;

let line: Line;
let release: () => void = () => undefined;
beforeAll(async () => {
  line = await startLine({ commandsPerMinute: 12 });
});
afterAll(() => line.stop());
afterEach(async () => {
  release();
  line.renderer.gates.render = Promise.resolve();
  await run({ name: 'settings reset', user: line.sandbox.addUser({ name: 'Admin', moderator: true }).id });
});

/** Nothing renders until the test is over. */
const hold = () => {
  line.renderer.gates.render = new Promise((resolve) => {
    release = resolve;
  });
};
const someone = (name = 'Someone') => line.sandbox.addUser({ name }).id;
const ask = (call: Partial<Call> = {}): Promise<Invocation> =>
  line.sandbox.command({ name: 'dream', ...call, options: { image: line.image, ...call.options } });
const run = async (call: Call): Promise<Snapshot> => (await line.sandbox.command(call)).until(over);
const limit = (options: Call['options']) =>
  run({
    name: 'settings limits',
    user: line.sandbox.addUser({ name: 'Admin', moderator: true }).id,
    ...(options ? { options } : {}),
  });
const channel = () => line.sandbox.guilds[0]!.channelIds[0]!;
const told = (id = channel()) => line.sandbox.messages(id) as Told[];
const press = (of: Snapshot, action: string, user: string) =>
  line.sandbox.component({ message: of.id, customId: buttonOf(of, action), user });
const waiting = (made: Invocation) => made.until(({ components }) => components.length > 0);
const queued = () => line.store.inState(['queued', 'running']).length;

describe('a full queue', () => {
  it('refuses without a download, and in sight of nobody else', async () => {
    const user = someone();
    await limit({ per_user: 1 });
    hold();
    await waiting(await ask({ user }));
    const [downloads, messages] = [line.sandbox.downloads.length, told().length];
    for (let i = 0; i < 5; i++) {
      const refused = await (await ask({ user })).until(over);
      expect(refused.content).toMatch(/already have 1 picture/);
      expect(refused.flags & EPHEMERAL).toBe(EPHEMERAL);
    }
    expect(line.sandbox.downloads).toHaveLength(downloads);
    // The refusals, which only one person sees, and nothing beside them.
    expect(
      told()
        .slice(messages)
        .map(({ flags }) => flags),
    ).toEqual(Array(5).fill(EPHEMERAL));
  });

  it('counts what is still being downloaded', async () => {
    const user = someone();
    await limit({ per_user: 1 });
    line.sandbox.fault({ method: 'GET', path: FILES, status: 200, delayMs: 400 });
    const first = await ask({ user });
    await first.answered();
    expect((await (await ask({ user })).until(over)).content).toMatch(/already have 1 picture/);
    expect((await first.until(over)).attachments).toHaveLength(1);
    expect((await (await ask({ user })).until(over)).attachments).toHaveLength(1);
  });

  it('is no longer full when a download failed', async () => {
    const user = someone();
    await limit({ per_user: 1 });
    line.sandbox.fault({ method: 'GET', path: FILES, status: 404 });
    const failed = await (await ask({ user })).until(over);
    expect(failed.content).toMatch(/couldn’t download/);
    expect(failed.flags & EPHEMERAL).toBe(EPHEMERAL);
    expect((await (await ask({ user })).until(over)).attachments).toHaveLength(1);
  });
});

it('a picture that is refused after its download is refused to one person alone', async () => {
  const text = { name: 'a.png', bytes: new TextEncoder().encode('no picture at all') };
  const user = someone();
  const before = told().length;
  const refused = await (await ask({ user, options: { image: text } })).until(over);
  expect(refused.content).toMatch(/couldn’t read that file/);
  expect(refused.flags & EPHEMERAL).toBe(EPHEMERAL);
  expect(told().slice(before)).toMatchObject([{ content: refused.content, flags: EPHEMERAL }]);
});

it('settings are checked before a download, by commands, menus and forms', async () => {
  const user = someone('Blocked');
  const shown = await line.dream();
  const admin = line.sandbox.addUser({ name: 'Admin', moderator: true }).id;
  await run({ name: 'settings block', user: admin, options: { user } });
  const downloads = line.sandbox.downloads.length;
  const menus = ['Dream this', 'Paint this…', 'Use as style for…'].map((name) =>
    line.sandbox.contextCommand({ name, target: shown.id, user }),
  );
  for (const made of [ask({ user }), ...menus]) {
    const refused = await (await made).until(over);
    expect(refused.content).toMatch(/not allowed to use me here/);
    expect(refused.flags & EPHEMERAL).toBe(EPHEMERAL);
  }
  expect(line.sandbox.downloads).toHaveLength(downloads);
});

it('a request that is cancelled stops its download', async () => {
  const user = someone();
  line.sandbox.fault({ method: 'GET', path: FILES, status: 200, delayMs: NEVER_MS });
  const downloads = line.sandbox.downloads.length;
  const made = await ask({ user });
  await expect.poll(() => line.sandbox.downloads.length).toBe(downloads + 1);
  expect(line.sandbox.downloads.at(-1)!.abandoned).toBe(false);
  expect((await run({ name: 'cancel', user })).content).toMatch(/Cancelled/);
  await expect.poll(() => line.sandbox.downloads.at(-1)!.abandoned).toBe(true);
  expect((await made.until(over)).content).toMatch(/cancelled/);
});

it('commands have a limit for each person', async () => {
  const user = someone('Hasty');
  const said: Snapshot[] = [];
  for (let i = 0; i < 13; i++) said.push(await run({ name: 'queue', user }));
  expect(said.slice(0, 12).filter(({ content }) => content.includes('lot at once'))).toEqual([]);
  expect(said[12]!.content).toMatch(/a bit fast/);
  expect((await run({ name: 'queue', user: someone('Calm') })).content).not.toMatch(/a bit fast/);
});

describe('the same thing, asked for again and again', () => {
  it('makes one picture: by eight presses of a button', async () => {
    const shown = await line.dream();
    const user = someone('Presser');
    hold();
    const presses = await Promise.all(Array.from({ length: 8 }, () => press(shown, 'deeper', user)));
    const states = await Promise.all(presses.map((made) => made.until(({ content }) => content !== '')));
    const refused = states.filter(({ content }) => content.includes('already asked for that'));
    expect(refused).toHaveLength(7);
    expect(refused.every(({ flags }) => (flags & EPHEMERAL) === EPHEMERAL)).toBe(true);
    expect(queued()).toBe(1);
    // Something else from the same picture, and the same by somebody else, are other wishes.
    await waiting(await press(shown, 'again', someone()));
    await waiting(await press(shown, 'deeper', someone()));
    expect(queued()).toBe(3);
  });

  it('makes one picture: by a button and a reaction, also over a restart; and another one once it is there', async () => {
    const shown = await line.dream();
    const user = someone('Presser');
    hold();
    await waiting(await press(shown, 'deeper', user));
    const restarting = line.restart();
    release();
    hold();
    await restarting;
    const refused = await press(shown, 'deeper', user);
    expect((await refused.until(over)).content).toMatch(/already asked for that/);
    line.sandbox.react({ message: shown.id, emoji: '🌀', user });
    await expect
      .poll(() => told().some(({ content }) => content.includes('already asked for that')))
      .toBe(true);
    expect(queued()).toBe(1);
    release();
    await expect.poll(queued).toBe(0);
    expect((await (await press(shown, 'deeper', user)).until(over)).attachments).toHaveLength(1);
  });
});

describe('a reaction that is refused', () => {
  it('is answered in a reply that names the person, pings nobody, and is taken away when the bot stops', async () => {
    const shown = await line.dream();
    const user = someone('Reactor');
    line.sandbox.react({ message: shown.id, emoji: '❌', user });
    const answer = () =>
      (line.sandbox.messages(channel()) as (Told & { mentions: unknown[] })[]).find(({ content }) =>
        content.startsWith(`<@${user}>`),
      );
    await expect.poll(answer).toBeDefined();
    expect(answer()).toMatchObject({
      content: expect.stringMatching(/Only the person who asked/) as string,
      mentions: [],
    });
    await line.restart();
    expect(answer()).toBeUndefined();
    expect(await line.store.unwantedMessages()).toEqual([]);
  });

  it('is answered by a reaction of the bot where it may not write', async () => {
    const guild = line.sandbox.guilds[0]!.id;
    const quiet = line.sandbox.addChannel({ guild, name: 'quiet' }).id;
    const shown = await line.dream({ channel: quiet });
    // Everything but sending messages.
    line.sandbox.limitPermissions(quiet, (1n << 47n) - 1n - (1n << 11n));
    line.sandbox.react({ message: shown.id, emoji: '❌', user: someone() });
    const emojis = () => told(quiet).flatMap(({ reactions }) => reactions.map(({ emoji }) => emoji.name));
    await expect.poll(emojis).toContain('🚫');
  });

  it('does not fill the channel', async () => {
    const shown = await line.dream();
    const user = someone('Drummer');
    for (let i = 0; i < 6; i++) {
      line.sandbox.react({ message: shown.id, emoji: '❌', user });
      line.sandbox.react({ message: shown.id, emoji: '❌', user, remove: true });
    }
    const refused = () => line.logged.filter(({ msg }) => msg === 'a reaction was refused').length;
    const from = refused();
    await expect.poll(() => refused() - from).toBe(6);
    await expect.poll(() => told().filter(({ content }) => content.startsWith(`<@${user}>`)).length).toBe(2);
  });
});

it('🎨 without a style of one’s own says which style it took, and how to set one', async () => {
  const shown = await line.dream();
  const user = someone();
  const byButton = await (await press(shown, 'mine', user)).until(over);
  expect(textOf(byButton)).toMatch(/in the style “Swirling night”.*right-click/);
  const german = await line.sandbox.component({
    message: shown.id,
    customId: buttonOf(shown, 'mine'),
    user: someone(),
    locale: 'de',
  });
  expect(textOf(await german.until(over))).toMatch(/Rechtsklick/);
});

describe('files that Discord finds too large', () => {
  for (const action of ['losses', 'growth', 'original'])
    it(`are made smaller: ${action}`, async () => {
      const shown = await line.dream();
      const body = { message: 'Request entity too large', code: 40005 };
      line.sandbox.fault({ method: 'PATCH', path: /\/messages\/@original$/, status: 413, body });
      const made = await press(shown, action, someone());
      expect((await made.until(over)).attachments).toHaveLength(1);
    });

  it('are refused in words where nothing helps: /show', async () => {
    const shown = await line.dream();
    const body = { message: 'Request entity too large', code: 40005 };
    line.sandbox.fault({ method: 'PATCH', path: /\/messages\/@original$/, status: 413, body, times: 4 });
    const job = buttonOf(shown, 'remix').split(':')[2]!;
    const refused = await run({ name: 'show', user: someone(), options: { job } });
    expect(refused.content).toMatch(/too large to upload here/);
    expect(refused.flags & EPHEMERAL).toBe(EPHEMERAL);
  });
});
