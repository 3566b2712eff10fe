/** Where only one person installed the app, a message can be edited for 15 minutes: what comes later comes in person. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { over, startLine, type Invocation, type Line, type Snapshot } from './bot-line.js';

const MINUTE = 60_000;
const PATIENCE = { timeout: 15_000 };
const LINK = /https:\/\/discord\.com\/channels\/(\d+|@me)\/\d+\/\d+/;

/** The bot's clock is so much ahead of the real one. */
let ahead = 0;
let line: Line;
let user: string;
let direct: string;
beforeEach(async () => {
  const now = performance.now.bind(performance);
  ahead = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  line = await startLine({ stepMs: 30, steps: Infinity });
  user = line.sandbox.addUser({ name: 'Traveller' }).id;
  const help = await line.sandbox.command({ name: 'help', guild: null, user });
  direct = (await help.until(over)).channelId;
});
afterEach(async () => {
  line.renderer.enough = true;
  await line.stop();
  vi.restoreAllMocks();
});

type Call = Partial<Parameters<Line['sandbox']['command']>[0]>;
const dream = (at: Call) =>
  line.sandbox.command({ name: 'dream', user, options: { image: line.image }, ...at });
const abroad = () => ({ guild: line.sandbox.addGuild({ name: 'Abroad', installed: false }).id });
const group = () => ({ channel: line.sandbox.addGroupDm({ name: 'Friends' }).id });

/** A dream whose token ends in half a minute and a moment. */
async function lateDream(at: Call): Promise<Invocation> {
  let open!: () => void;
  line.renderer.gates.prepare = new Promise<void>((resolve) => (open = resolve));
  ahead = -13.5 * MINUTE + 500;
  const made = await dream(at);
  await made.answered();
  ahead = 0;
  open();
  return made;
}
const arrived = () =>
  (line.sandbox.messages(direct) as Snapshot[]).filter(({ content }) => LINK.test(content));
const linkTo = ({ id, channelId }: Snapshot, guild: string) =>
  `https://discord.com/channels/${guild}/${channelId}/${id}`;
const buttons = ({ components }: Snapshot) => JSON.stringify(components);

for (const [where, place, locale, words] of [
  ['on a server without the bot', abroad, 'en-US', 'I’ll send it to you in a direct message.'],
  ['in a conversation of people', group, 'de', 'Ich schicke es dir als Direktnachricht.'],
] as const)
  it(`says so shortly before the token ends, takes Cancel away and edits no more, ${where}`, async () => {
    let frames = 0;
    const render = line.renderer.render.bind(line.renderer);
    vi.spyOn(line.renderer, 'render').mockImplementation((request, options = {}) =>
      render(request, {
        ...options,
        onFrame: (frame) => {
          frames++;
          options.onFrame?.(frame);
        },
      }),
    );
    const at = place();
    const made = await lateDream({ ...at, locale });
    const last = await made.until(({ content }) => content.includes(words));
    expect(last.content).toMatch(/^\*\*(Dream|Traum)\*\* · .+\n/);
    expect(buttons(last)).toBe('[]');
    const states = made.history.length;
    const seen = frames;
    await expect.poll(() => frames, PATIENCE).toBeGreaterThan(seen + 10);
    line.renderer.enough = true;
    await expect.poll(() => arrived().length, PATIENCE).toBe(1);
    const [picture] = arrived();
    expect(picture!.attachments).toHaveLength(1);
    expect(picture!.content).toContain(linkTo(last, 'guild' in at ? at.guild : '@me'));
    expect(made.history).toHaveLength(states);
    const refused = line.sandbox.requests.filter(({ status }) => status === 401 || status === 403);
    expect(refused).toEqual([]);
  });

it('tells in person, too, why there is no picture', async () => {
  const at = abroad();
  const made = await lateDream(at);
  const last = await made.until(({ content }) => content.includes('direct message'));
  await (await line.sandbox.command({ name: 'cancel', user, ...at })).until(over);
  await expect.poll(() => arrived().length, PATIENCE).toBe(1);
  expect(arrived()[0]!.content).toContain('cancelled');
  expect(arrived()[0]!.content).toContain(linkTo(last, at.guild));
});

it('says so when the bot is stopped: the next process brings the pictures in person', async () => {
  const at = abroad();
  const running = await dream(at);
  await running.until(({ attachments }) => attachments.length > 0);
  const waiting = await dream(at);
  await waiting.until(({ components }) => components.length > 0);
  await line.restart();
  for (const [made, words] of [
    [running, /^\*\*Dream\*\* · .*step \d/],
    [waiting, /^\*\*Dream\*\* · next in the queue/],
  ] as const) {
    const last = made.latest()!;
    expect(last.content).toMatch(words);
    expect(last.content).toContain('I’ll send it to you in a direct message.');
    expect(buttons(last)).toBe('[]');
  }
  line.renderer.enough = true;
  await expect.poll(() => arrived().length, PATIENCE).toBe(2);
  const links = arrived().map(({ content }) => LINK.exec(content)![0]);
  const expected = [running, waiting].map((made) => linkTo(made.latest()!, at.guild));
  expect(links.sort()).toEqual(expected.sort());
  expect(arrived().map(({ attachments }) => attachments.length)).toEqual([1, 1]);
});

it('a picture that a person takes no messages for stays for /show, and the operator is told', async () => {
  user = line.sandbox.addUser({ name: 'Hermit', refusesDirectMessages: true }).id;
  const at = abroad();
  const made = await lateDream(at);
  await made.until(({ content }) => content.includes('use `/show`'));
  line.renderer.enough = true;
  const told = () =>
    line.logged.filter(({ msg }) => msg.includes('could not be delivered; /show still has it'));
  await expect.poll(() => told().length, PATIENCE).toBe(1);
  const [job] = line.store.newest(1);
  expect(told()[0]).toMatchObject({ job: job!.id });
  const shown = await line.sandbox.command({ name: 'show', user, ...at, options: { job: job!.id } });
  expect((await shown.until(over)).attachments).toHaveLength(1);
});
