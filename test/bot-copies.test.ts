/** A result has one message of its own and any number of copies. A real discord.js client on the loopback Discord. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buttonOf, isFinal, startTestBot, type TestBot, type Snapshot } from './test-bot.js';

type Call = Parameters<TestBot['sandbox']['command']>[0];
const EPHEMERAL = 1 << 6;
interface RecordedMessage {
  id: string;
  content: string;
  flags: number;
  components: unknown[];
  attachments: { filename: string }[];
}

let testBot: TestBot;
beforeAll(async () => {
  testBot = await startTestBot();
});
afterAll(() => testBot.stop());

const newUser = (name = 'Someone', moderator = false) => testBot.sandbox.addUser({ name, moderator }).id;
const run = async (call: Call): Promise<Snapshot> => (await testBot.sandbox.command(call)).until(isFinal);
const press = (of: { id: string; components: unknown[] }, action: string, user: string) =>
  testBot.sandbox.component({
    message: of.id,
    customId: buttonOf(of as Snapshot, action),
    user,
  });
const messagesIn = (channel: string) => testBot.sandbox.messages(channel) as RecordedMessage[];
const exists = ({ id, channelId }: { id: string; channelId: string }) =>
  messagesIn(channelId).some((message) => message.id === id);
const jobIdOf = (shown: Snapshot) => buttonOf(shown, 'remix').split(':')[2]!;
const show = (shown: Snapshot, call: Partial<Call> = {}) =>
  run({ name: 'show', ...call, options: { job: jobIdOf(shown) } });
/** A result, and a copy of it that somebody else asked for. */
async function resultWithCopy() {
  const [owner, friend] = [newUser('Owner'), newUser('Friend')];
  const shown = await testBot.dream({ user: owner });
  await (await press(shown, 'copy', friend)).until(isFinal);
  const { channelId } = await run({ name: 'help', guild: null, user: friend });
  const copy = messagesIn(channelId).find(({ attachments }) => attachments.length > 0)!;
  return { owner, friend, shown, copy: { ...copy, channelId } };
}

describe('/show', () => {
  it('leaves the original message, its buttons, reactions and links working', async () => {
    const owner = newUser('Owner');
    const shown = await testBot.dream({ user: owner });
    const copy = await show(shown, { guild: null, user: owner });
    expect(copy.channelId).not.toBe(shown.channelId);
    // The gallery and a remix link to the original message.
    await (await press(shown, 'star', newUser())).until(isFinal);
    expect((await run({ name: 'gallery' })).content).toContain(shown.id);
    expect((await (await press(copy, 'again', owner)).until(isFinal)).content).toContain(
      `${shown.channelId}/${shown.id}`,
    );
    // A reaction to it is answered in its channel.
    const before = messagesIn(shown.channelId).length;
    testBot.sandbox.react({ message: shown.id, emoji: '🔁', user: newUser() });
    await expect
      .poll(() =>
        messagesIn(shown.channelId)
          .slice(before)
          .some(({ attachments }) => attachments.length > 0),
      )
      .toBe(true);
  });

  it('posts a copy whose reactions count too, even after a restart', async () => {
    const owner = newUser('Owner');
    const shown = await testBot.dream({ user: owner });
    const other = testBot.sandbox.addChannel({ guild: testBot.sandbox.guilds[0]!.id, name: 'other' }).id;
    const copy = await show(shown, { channel: other, user: newUser() });
    expect(copy.channelId).toBe(other);
    await testBot.restart();
    testBot.sandbox.react({ message: copy.id, emoji: '⭐', user: newUser() });
    testBot.sandbox.react({ message: shown.id, emoji: '⭐', user: newUser() });
    const gallery = async () => (await run({ name: 'gallery' })).content;
    await expect.poll(gallery).toMatch(new RegExp(`⭐ 2 .*${shown.id}`));
    // A remix is posted where it was asked for.
    testBot.sandbox.react({ message: copy.id, emoji: '🔁', user: newUser() });
    await expect
      .poll(() => messagesIn(other).filter(({ attachments }) => attachments.length > 0).length)
      .toBe(2);
  });
});

describe('a copy', () => {
  for (const [how, remove] of [
    ['by its button', (copy: RecordedMessage, user: string) => press(copy, 'delete', user)],
    [
      'by ❌',
      (copy: RecordedMessage, user: string) => {
        testBot.sandbox.react({ message: copy.id, emoji: '❌', user });
      },
    ],
  ] as const)
    it(`is the only message deleted when the user it was made for deletes it ${how}`, async () => {
      const { friend, shown, copy } = await resultWithCopy();
      await remove(copy, friend);
      await expect.poll(() => exists(copy)).toBe(false);
      expect(exists(shown)).toBe(true);
      expect((await show(shown, { user: newUser() })).attachments).toHaveLength(1);
    });

  it('cannot be deleted or hidden by anyone else', async () => {
    const { shown } = await resultWithCopy();
    const other = testBot.sandbox.addChannel({ guild: testBot.sandbox.guilds[0]!.id, name: 'hall' }).id;
    const copy = await show(shown, { channel: other, user: newUser() });
    for (const action of ['delete', 'spoiler'])
      expect((await (await press(copy, action, newUser('Stranger'))).until(isFinal)).content).toMatch(
        /Only the person/,
      );
    expect(exists(copy)).toBe(true);
  });

  it('is deleted with the result and all other copies, whichever of them the owner deletes', async () => {
    const { owner, shown, copy } = await resultWithCopy();
    const mine = await show(shown, { guild: null, user: owner });
    await press(mine, 'delete', owner);
    for (const one of [mine, shown, copy]) await expect.poll(() => exists(one)).toBe(false);
    expect((await show(shown, { user: owner })).content).toMatch(/no longer have/);
  });

  it('is hidden with the result and all other copies, whichever of them the owner hides', async () => {
    const { owner, shown, copy } = await resultWithCopy();
    const mine = await show(shown, { guild: null, user: owner });
    await press(mine, 'spoiler', owner);
    for (const { id, channelId } of [mine, shown, copy])
      await expect
        .poll(() => messagesIn(channelId).find((message) => message.id === id)?.attachments[0]?.filename)
        .toMatch(/^SPOILER_/);
  });

  it('leaves the result visible when the user it was made for hides it', async () => {
    const { friend, shown, copy } = await resultWithCopy();
    await press(copy, 'spoiler', friend);
    const name = (at: { id: string; channelId: string }) =>
      messagesIn(at.channelId).find(({ id }) => id === at.id)?.attachments[0]?.filename;
    await expect.poll(() => name(copy)).toMatch(/^SPOILER_/);
    expect(name(shown)).toBe('dream.png');
  });
});

describe('a result deleted by a moderator', () => {
  it('disappears from /show, the gallery and the gallery channel', async () => {
    const owner = newUser('Owner');
    const guild = testBot.sandbox.guilds[0]!.id;
    const wall = testBot.sandbox.addChannel({ guild, name: 'wall' }).id;
    const set = { name: 'settings gallery', options: { where: wall, stars: 1 } };
    await run({ ...set, user: newUser('Admin', true) });
    const shown = await testBot.dream({ user: owner });
    await (await press(shown, 'star', newUser())).until(isFinal);
    await expect.poll(() => messagesIn(wall).length).toBe(1);
    testBot.sandbox.deleteMessage(shown.id);
    const refused = await show(shown, { user: newUser() });
    expect(refused.content).toMatch(/A moderator deleted that picture/);
    expect((await show(shown, { user: owner, guild: null })).content).toMatch(/A moderator deleted/);
    await expect.poll(() => messagesIn(wall).length).toBe(0);
    expect((await run({ name: 'gallery' })).content).not.toContain(shown.id);
    const choices = await testBot.sandbox.autocomplete({ name: 'show', focused: 'job', user: owner });
    expect(choices.map(({ value }) => value)).not.toContain(jobIdOf(shown));
    await run({ name: 'settings reset', user: newUser('Admin', true) });
  });

  it('disappears from the gallery even if the bot missed the deletion', async () => {
    const { id: guild, channelIds } = testBot.sandbox.addGuild({ name: 'Moderated' });
    const shown = [];
    for (let i = 0; i < 5; i++)
      shown.push(await testBot.dream({ guild, channel: channelIds[0]!, user: newUser() }));
    for (const one of shown) await (await press(one, 'star', newUser())).until(isFinal);
    testBot.sandbox.deleteMessage(shown[1]!.id);
    const { content, attachments } = await run({ name: 'gallery', guild });
    const named = shown.map(({ id }) => content.includes(id));
    expect(named).toEqual([true, false, true, true, true]);
    expect(attachments).toHaveLength(4);
  });
});

describe('/privacy delete', () => {
  it('deletes the messages with a user’s pictures, and the copies made for that user', async () => {
    const { owner, friend, shown, copy } = await resultWithCopy();
    const other = await resultWithCopy();
    await (await press(other.shown, 'copy', owner)).until(isFinal);
    const { channelId: direct } = await run({ name: 'help', guild: null, user: owner });
    expect(messagesIn(direct).filter(({ attachments }) => attachments.length > 0)).toHaveLength(1);
    expect((await run({ name: 'privacy delete', user: owner })).content).toBe(
      'I’ve deleted everything I kept about you.',
    );
    expect([shown, copy].map(exists)).toEqual([false, false]);
    expect(messagesIn(direct).filter(({ attachments }) => attachments.length > 0)).toEqual([]);
    expect([other.shown, other.copy].map(exists)).toEqual([true, true]);
    expect((await run({ name: 'privacy view', user: friend })).attachments).toHaveLength(1);
  });

  for (const stops of [true, false])
    it(`posts nothing about a picture that is still rendering, stop_deleted: ${stops}`, async () => {
      const admin = newUser('Admin', true);
      await run({ name: 'settings limits', user: admin, options: { stop_deleted: stops } });
      let release!: () => void;
      testBot.renderer.gates.render = new Promise((resolve) => {
        release = resolve;
      });
      const user = newUser('Owner');
      const invocation = await testBot.sandbox.command({
        name: 'dream',
        user,
        options: { image: testBot.image },
      });
      const { id, channelId } = await invocation.until(({ components }) => components.length > 0);
      const shown = () =>
        messagesIn(channelId)
          .filter(({ flags }) => !(flags & EPHEMERAL))
          .map((message) => message.id);
      const others = shown().filter((other) => other !== id);
      await run({ name: 'privacy delete', user });
      release();
      testBot.renderer.gates.render = Promise.resolve();
      // The next picture is there, so the one before is over.
      const next = await testBot.dream({ user: admin });
      expect(shown()).toEqual([...others, next.id]);
      expect(testBot.logged.filter(({ level }) => level >= 50)).toEqual([]);
      await run({ name: 'settings reset', user: admin });
    });

  it('links the messages it cannot delete', async () => {
    const owner = newUser('Owner');
    const shut = testBot.sandbox.addChannel({ guild: testBot.sandbox.guilds[0]!.id, name: 'shut' }).id;
    const shown = await testBot.dream({ user: owner, channel: shut });
    testBot.sandbox.limitPermissions(shut, 0n);
    const { content } = await run({ name: 'privacy delete', user: owner });
    expect(content).toMatch(/ask a moderator there/);
    expect(content).toContain(`${shut}/${shown.id}`);
    expect(await testBot.storage.unwantedMessages()).toEqual([]);
  });

  it('continues after a restart', async () => {
    const owner = newUser('Owner');
    const shown = await testBot.dream({ user: owner });
    const path = new RegExp(`/messages/${shown.id}$`);
    testBot.sandbox.fault({ method: 'DELETE', path, status: 503, times: 100 });
    const asked = await testBot.sandbox.command({ name: 'privacy delete', user: owner });
    await asked.answered();
    await expect.poll(() => testBot.storage.unwantedMessages()).toHaveLength(1);
    await testBot.restart();
    testBot.sandbox.clearFaults();
    await expect.poll(() => exists(shown), { timeout: 30_000 }).toBe(false);
    await expect.poll(() => testBot.storage.unwantedMessages()).toEqual([]);
  }, 60_000);
});
