/** A user-installed app can edit a message for 15 minutes: later results are sent as direct messages. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isFinal, startTestBot, type Invocation, type TestBot, type Snapshot } from './test-bot.js';

const MINUTE = 60_000;
const POLL_OPTIONS = { timeout: 15_000 };
const MESSAGE_LINK = /https:\/\/discord\.com\/channels\/(\d+|@me)\/\d+\/\d+/;

/** How far the bot's clock is ahead of the real one, in milliseconds. */
let clockOffset = 0;
let testBot: TestBot;
let user: string;
let directChannel: string;
beforeEach(async () => {
  const now = performance.now.bind(performance);
  clockOffset = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + clockOffset);
  testBot = await startTestBot({ stepMs: 30, steps: Infinity });
  user = testBot.sandbox.addUser({ name: 'Traveller' }).id;
  const help = await testBot.sandbox.command({ name: 'help', guild: null, user });
  directChannel = (await help.until(isFinal)).channelId;
});
afterEach(async () => {
  testBot.renderer.enough = true;
  await testBot.stop();
  vi.restoreAllMocks();
});

type Call = Partial<Parameters<TestBot['sandbox']['command']>[0]>;
const requestDream = (at: Call) =>
  testBot.sandbox.command({ name: 'dream', user, options: { image: testBot.image }, ...at });
const guildWithoutBot = () => ({ guild: testBot.sandbox.addGuild({ name: 'Abroad', installed: false }).id });
const groupDm = () => ({ channel: testBot.sandbox.addGroupDm({ name: 'Friends' }).id });

/** A dream whose token expires in just over half a minute. */
async function lateDream(at: Call): Promise<Invocation> {
  let open!: () => void;
  testBot.renderer.gates.prepare = new Promise<void>((resolve) => (open = resolve));
  clockOffset = -13.5 * MINUTE + 500;
  const invocation = await requestDream(at);
  await invocation.answered();
  clockOffset = 0;
  open();
  return invocation;
}
const directMessages = () =>
  (testBot.sandbox.messages(directChannel) as Snapshot[]).filter(({ content }) => MESSAGE_LINK.test(content));
const linkTo = ({ id, channelId }: Snapshot, guild: string) =>
  `https://discord.com/channels/${guild}/${channelId}/${id}`;
const buttons = ({ components }: Snapshot) => JSON.stringify(components);

for (const [where, place, locale, words] of [
  ['on a server without the bot', guildWithoutBot, 'en-US', 'I’ll send it to you in a direct message.'],
  ['in a group DM', groupDm, 'de', 'Ich schicke es dir als Direktnachricht.'],
] as const)
  it(`announces the direct message shortly before the token expires, removes Cancel and stops editing, ${where}`, async () => {
    let frames = 0;
    const render = testBot.renderer.render.bind(testBot.renderer);
    vi.spyOn(testBot.renderer, 'render').mockImplementation((request, options = {}) =>
      render(request, {
        ...options,
        onFrame: (frame) => {
          frames++;
          options.onFrame?.(frame);
        },
      }),
    );
    const at = place();
    const invocation = await lateDream({ ...at, locale });
    const last = await invocation.until(({ content }) => content.includes(words));
    expect(last.content).toMatch(/^\*\*(Dream|Traum)\*\* · .+\n/);
    expect(buttons(last)).toBe('[]');
    const states = invocation.history.length;
    const seen = frames;
    await expect.poll(() => frames, POLL_OPTIONS).toBeGreaterThan(seen + 10);
    testBot.renderer.enough = true;
    await expect.poll(() => directMessages().length, POLL_OPTIONS).toBe(1);
    const [picture] = directMessages();
    expect(picture!.attachments).toHaveLength(1);
    expect(picture!.content).toContain(linkTo(last, 'guild' in at ? at.guild : '@me'));
    expect(invocation.history).toHaveLength(states);
    const refused = testBot.sandbox.requests.filter(({ status }) => status === 401 || status === 403);
    expect(refused).toEqual([]);
  });

it('also explains in a direct message why there is no picture', async () => {
  const at = guildWithoutBot();
  const invocation = await lateDream(at);
  const last = await invocation.until(({ content }) => content.includes('direct message'));
  await (await testBot.sandbox.command({ name: 'cancel', user, ...at })).until(isFinal);
  await expect.poll(() => directMessages().length, POLL_OPTIONS).toBe(1);
  expect(directMessages()[0]!.content).toContain('cancelled');
  expect(directMessages()[0]!.content).toContain(linkTo(last, at.guild));
});

it('announces the direct message when the bot stops, and the next process sends the pictures', async () => {
  const at = guildWithoutBot();
  const running = await requestDream(at);
  await running.until(({ attachments }) => attachments.length > 0);
  const waiting = await requestDream(at);
  await waiting.until(({ components }) => components.length > 0);
  await testBot.restart();
  for (const [invocation, words] of [
    [running, /^\*\*Dream\*\* · .*step \d/],
    [waiting, /^\*\*Dream\*\* · next in the queue/],
  ] as const) {
    const last = invocation.latest()!;
    expect(last.content).toMatch(words);
    expect(last.content).toContain('I’ll send it to you in a direct message.');
    expect(buttons(last)).toBe('[]');
  }
  testBot.renderer.enough = true;
  await expect.poll(() => directMessages().length, POLL_OPTIONS).toBe(2);
  const links = directMessages().map(({ content }) => MESSAGE_LINK.exec(content)![0]);
  const expected = [running, waiting].map((invocation) => linkTo(invocation.latest()!, at.guild));
  expect(links.sort()).toEqual(expected.sort());
  expect(directMessages().map(({ attachments }) => attachments.length)).toEqual([1, 1]);
});

it('a picture for a user who blocks direct messages stays available through /show, and the log says so', async () => {
  user = testBot.sandbox.addUser({ name: 'Hermit', refusesDirectMessages: true }).id;
  const at = guildWithoutBot();
  const invocation = await lateDream(at);
  await invocation.until(({ content }) => content.includes('use `/show`'));
  testBot.renderer.enough = true;
  const undelivered = () =>
    testBot.logged.filter(({ msg }) => msg.includes('could not be delivered; /show still has it'));
  await expect.poll(() => undelivered().length, POLL_OPTIONS).toBe(1);
  const [job] = testBot.storage.newest(1);
  expect(undelivered()[0]).toMatchObject({ job: job!.id });
  const shown = await testBot.sandbox.command({ name: 'show', user, ...at, options: { job: job!.id } });
  expect((await shown.until(isFinal)).attachments).toHaveLength(1);
});
