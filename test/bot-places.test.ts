/** Wherever the bot may be used, and with no more than it may do there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inviteLink } from '../src/bot/client/invite.js';
import { buttonOf, isFinal, startTestBot, type TestBot, type Snapshot } from './test-bot.js';

type Call = Parameters<TestBot['sandbox']['command']>[0];
interface RecordedMessage {
  content: string;
  mentions: unknown[];
  mention_everyone: boolean;
  reactions: unknown[];
  attachments: { filename: string }[];
}

/** Discord's clock runs ahead of ours by so much. */
let clockOffset = 0;
let testBot: TestBot;
beforeAll(async () => {
  testBot = await startTestBot({ stepMs: 40, now: () => Date.now() + clockOffset });
});
afterAll(() => testBot.stop());

const run = async (call: Call): Promise<Snapshot> => (await testBot.sandbox.command(call)).until(isFinal);
const messagesIn = (channel: string) => testBot.sandbox.messages(channel) as RecordedMessage[];
/** The direct-message channel of the bot and a user. */
const directChannelOf = async (user: string) => (await run({ name: 'help', guild: null, user })).channelId;
const press = (message: Snapshot, action: string, user?: string) =>
  testBot.sandbox.component({
    message: message.id,
    customId: buttonOf(message, action),
    ...(user ? { user } : {}),
  });

describe('a user-installed app', () => {
  const places = {
    'on a server without the bot': () => ({
      guild: testBot.sandbox.addGuild({ name: 'Abroad', installed: false }).id,
    }),
    'in a group DM': () => ({ channel: testBot.sandbox.addGroupDm({ name: 'Friends' }).id }),
  };
  for (const [where, place] of Object.entries(places)) {
    it(`replies with the interaction's token only, without a follow-up, ${where}`, async () => {
      const at = place();
      const from = testBot.sandbox.requests.length;
      const shown = await testBot.dream(at);
      expect(shown.attachments).toHaveLength(1);
      for (const action of ['again', 'losses', 'original'])
        expect((await (await press(shown, action)).until(isFinal)).attachments).toHaveLength(1);
      const asked = testBot.sandbox.requests.slice(from);
      expect(asked.filter(({ path }) => !/^\/(interactions|webhooks)\//.test(path))).toEqual([]);
      expect(asked.filter(({ method, path }) => method === 'POST' && path.startsWith('/webhooks/'))).toEqual(
        [],
      );
      await press(shown, 'delete').then((pressed) => pressed.until(({ deleted }) => deleted));
    });

    it(`sends the picture as a direct message when its 15 minutes are over, ${where}`, async () => {
      const user = testBot.sandbox.addUser({ name: 'Traveller' }).id;
      const direct = await directChannelOf(user);
      const invocation = await testBot.sandbox.command({
        name: 'dream',
        user,
        options: { image: testBot.image },
        ...place(),
      });
      await invocation.until(({ components }) => components.length > 0);
      clockOffset += 16 * 60_000;
      const arrived = () =>
        messagesIn(direct).flatMap(({ attachments }) => attachments.map((one) => one.filename));
      await expect.poll(arrived).toEqual(['dream.png']);
    });
  }
});

it('is invited with exactly the permissions it needs', async () => {
  const { sandbox } = testBot;
  const link = new URL(inviteLink(testBot.bot.client));
  expect(link.searchParams.get('scope')).toBe('bot applications.commands');
  const asked = BigInt(link.searchParams.get('permissions')!);

  /** Does everything that needs the bot's own token, in a channel with these permissions. */
  const useAll = async (allowed: bigint) => {
    const { id: channel } = sandbox.addChannel({ guild: sandbox.guilds[0]!.id, name: 'strict' });
    const thread = sandbox.addThread({ channel, name: 'below' }).id;
    sandbox.limitPermissions(channel, allowed);
    await run({ name: 'settings gallery', options: { where: channel, stars: 1 } });
    await run({ name: 'settings look', options: { reactions: true } });
    const [above, below] = [await testBot.dream({ channel }), await testBot.dream({ channel: thread })];
    for (const [message, emoji] of [
      [above, '🔁'],
      [below, '🔁'],
      [above, '⭐'],
    ] as const)
      sandbox.react({ message: message.id, emoji, user: sandbox.addUser({ name: 'Fan' }).id });
    return {
      refused: () =>
        sandbox.requests.filter(
          ({ path, status }) => status === 403 && (path.includes(channel) || path.includes(thread)),
        ).length,
      /** Two pictures and their remixes with seven reactions each, and one in the gallery. */
      done: () => {
        const all = [...messagesIn(channel), ...messagesIn(thread)].filter(
          ({ attachments }) => attachments.length > 0,
        );
        return [all.length, all.filter(({ reactions }) => reactions.length === 7).length];
      },
    };
  };
  const whole = await useAll(asked);
  await expect.poll(whole.done, { timeout: 20_000 }).toEqual([5, 4]);
  expect(whole.refused()).toBe(0);
  for (let bit = 1n; bit <= asked; bit <<= 1n)
    if (asked & bit) {
      const less = await useAll(asked & ~bit);
      await expect.poll(less.refused, { message: `without ${bit}`, timeout: 20_000 }).toBeGreaterThan(0);
    }
  await run({ name: 'settings reset' });
}, 60_000);

it('pings nobody it mentions', async () => {
  const { sandbox } = testBot;
  const [guild] = sandbox.guilds;
  const wall = sandbox.addChannel({ guild: guild!.id, name: 'wall' }).id;
  await run({ name: 'settings gallery', options: { where: wall, stars: 1 } });
  await run({ name: 'settings block', options: { user: sandbox.users[2]!.id } });
  const slow = await sandbox.command({ name: 'dream', options: { image: testBot.image } });
  await slow.until(({ components }) => components.length > 0);
  await run({ name: 'queue' });
  const shown = await slow.until(isFinal);
  await (await press(shown, 'star', sandbox.users[1]!.id)).until(isFinal);
  await run({ name: 'gallery' });
  sandbox.react({ message: shown.id, emoji: '🔁', user: sandbox.users[1]!.id });
  await expect.poll(() => messagesIn(wall).length).toBe(1);
  const everything = [wall, guild!.channelIds[0]!].flatMap(messagesIn);
  expect(everything.filter(({ content }) => content.includes('<@')).length).toBeGreaterThanOrEqual(3);
  expect(everything.filter((one) => one.mentions.length > 0 || one.mention_everyone)).toEqual([]);
  await run({ name: 'settings reset' });
});

it('keeps an age restriction in direct messages and back', async () => {
  const { sandbox } = testBot;
  const user = sandbox.addUser({ name: 'Adult' }).id;
  const late = sandbox.addChannel({ guild: sandbox.guilds[0]!.id, name: 'late', ageRestricted: true });
  const wall = sandbox.addChannel({ guild: sandbox.guilds[0]!.id, name: 'children' }).id;
  await run({ name: 'settings gallery', options: { where: wall, stars: 1 } });
  const shown = await testBot.dream({ user, channel: late.id });
  const plain = await testBot.dream();
  for (const starred of [shown, plain]) await (await press(starred, 'star', user)).until(isFinal);
  // Twice, so that it would come first.
  await (await press(shown, 'star', sandbox.addUser({ name: 'Fan' }).id)).until(isFinal);
  // Only what everyone may see hangs on a wall that everyone sees, and is named where everyone reads.
  await expect.poll(() => messagesIn(wall).map(({ content }) => content.includes(plain.id))).toEqual([true]);
  expect((await run({ name: 'gallery' })).content).not.toContain(shown.id);
  expect((await run({ name: 'gallery', channel: late.id })).content).toContain(shown.id);
  await run({ name: 'settings reset' });
  await (await press(shown, 'copy', user)).until(isFinal);
  const direct = await directChannelOf(user);
  const copy = (sandbox.messages(direct) as Snapshot[]).find(({ attachments }) => attachments.length > 0)!;
  const again = await (await press(copy, 'again', user)).until(isFinal);
  const job = buttonOf(again, 'remix').split(':')[2]!;
  expect((await run({ name: 'show', user, options: { job } })).content).toMatch(/age-restricted/);
  expect((await run({ name: 'show', user, guild: null, options: { job } })).attachments).toHaveLength(1);
});

it('hides pictures made with a hidden style or guide', async () => {
  const hidden = { ...testBot.image, name: 'SPOILER_b.png' };
  const styled = await run({ name: 'style', options: { image: testBot.image, style: hidden } });
  expect(styled.attachments[0]!.filename).toBe('SPOILER_style.png');
  const guided = await testBot.dream({ options: { image: testBot.image, guide: hidden } });
  expect(guided.attachments[0]!.filename).toBe('SPOILER_dream.png');
});
