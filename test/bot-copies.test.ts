/** A result has one message of its own and any number of copies. A real discord.js client on the loopback Discord. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buttonOf, over, startLine, type Line, type Snapshot } from './bot-line.js';

type Call = Parameters<Line['sandbox']['command']>[0];
const EPHEMERAL = 1 << 6;
interface Told {
  id: string;
  content: string;
  flags: number;
  components: unknown[];
  attachments: { filename: string }[];
}

let line: Line;
beforeAll(async () => {
  line = await startLine();
});
afterAll(() => line.stop());

const someone = (name = 'Someone', moderator = false) => line.sandbox.addUser({ name, moderator }).id;
const run = async (call: Call): Promise<Snapshot> => (await line.sandbox.command(call)).until(over);
const press = (of: { id: string; components: unknown[] }, action: string, user: string) =>
  line.sandbox.component({
    message: of.id,
    customId: buttonOf(of as Snapshot, action),
    user,
  });
const told = (channel: string) => line.sandbox.messages(channel) as Told[];
const stands = ({ id, channelId }: { id: string; channelId: string }) =>
  told(channelId).some((message) => message.id === id);
const jobOf = (shown: Snapshot) => buttonOf(shown, 'remix').split(':')[2]!;
const show = (shown: Snapshot, call: Partial<Call> = {}) =>
  run({ name: 'show', ...call, options: { job: jobOf(shown) } });
/** A result, and a copy of it that somebody else asked for. */
async function copied() {
  const [owner, friend] = [someone('Owner'), someone('Friend')];
  const shown = await line.dream({ user: owner });
  await (await press(shown, 'copy', friend)).until(over);
  const { channelId } = await run({ name: 'help', guild: null, user: friend });
  const copy = told(channelId).find(({ attachments }) => attachments.length > 0)!;
  return { owner, friend, shown, copy: { ...copy, channelId } };
}

describe('/show', () => {
  it('leaves the result where it is: its buttons, reactions and links', async () => {
    const owner = someone('Owner');
    const shown = await line.dream({ user: owner });
    const copy = await show(shown, { guild: null, user: owner });
    expect(copy.channelId).not.toBe(shown.channelId);
    // The gallery and a remix lead to where it was made.
    await (await press(shown, 'star', someone())).until(over);
    expect((await run({ name: 'gallery' })).content).toContain(shown.id);
    expect((await (await press(copy, 'again', owner)).until(over)).content).toContain(
      `${shown.channelId}/${shown.id}`,
    );
    // And a reaction there is heard there.
    const before = told(shown.channelId).length;
    line.sandbox.react({ message: shown.id, emoji: '🔁', user: someone() });
    await expect
      .poll(() =>
        told(shown.channelId)
          .slice(before)
          .some(({ attachments }) => attachments.length > 0),
      )
      .toBe(true);
  });

  it('makes a message whose reactions count too, also after a restart', async () => {
    const owner = someone('Owner');
    const shown = await line.dream({ user: owner });
    const other = line.sandbox.addChannel({ guild: line.sandbox.guilds[0]!.id, name: 'other' }).id;
    const copy = await show(shown, { channel: other, user: someone() });
    expect(copy.channelId).toBe(other);
    await line.restart();
    line.sandbox.react({ message: copy.id, emoji: '⭐', user: someone() });
    line.sandbox.react({ message: shown.id, emoji: '⭐', user: someone() });
    const gallery = async () => (await run({ name: 'gallery' })).content;
    await expect.poll(gallery).toMatch(new RegExp(`⭐ 2 .*${shown.id}`));
    // A remix is posted where it was asked for.
    line.sandbox.react({ message: copy.id, emoji: '🔁', user: someone() });
    await expect.poll(() => told(other).filter(({ attachments }) => attachments.length > 0).length).toBe(2);
  });
});

describe('a copy', () => {
  for (const [how, remove] of [
    ['by its button', (copy: Told, user: string) => press(copy, 'delete', user)],
    [
      'by ❌',
      (copy: Told, user: string) => {
        line.sandbox.react({ message: copy.id, emoji: '❌', user });
      },
    ],
  ] as const)
    it(`goes alone when the one it was made for deletes it ${how}`, async () => {
      const { friend, shown, copy } = await copied();
      await remove(copy, friend);
      await expect.poll(() => stands(copy)).toBe(false);
      expect(stands(shown)).toBe(true);
      expect((await show(shown, { user: someone() })).attachments).toHaveLength(1);
    });

  it('is nobody else’s to delete or hide', async () => {
    const { shown } = await copied();
    const other = line.sandbox.addChannel({ guild: line.sandbox.guilds[0]!.id, name: 'hall' }).id;
    const copy = await show(shown, { channel: other, user: someone() });
    for (const action of ['delete', 'spoiler'])
      expect((await (await press(copy, action, someone('Stranger'))).until(over)).content).toMatch(
        /Only the person/,
      );
    expect(stands(copy)).toBe(true);
  });

  it('goes with the result and all others, whichever of them its owner deletes', async () => {
    const { owner, shown, copy } = await copied();
    const mine = await show(shown, { guild: null, user: owner });
    await press(mine, 'delete', owner);
    for (const one of [mine, shown, copy]) await expect.poll(() => stands(one)).toBe(false);
    expect((await show(shown, { user: owner })).content).toMatch(/no longer have/);
  });

  it('is hidden with the result and all others, whichever of them its owner hides', async () => {
    const { owner, shown, copy } = await copied();
    const mine = await show(shown, { guild: null, user: owner });
    await press(mine, 'spoiler', owner);
    for (const { id, channelId } of [mine, shown, copy])
      await expect
        .poll(() => told(channelId).find((message) => message.id === id)?.attachments[0]?.filename)
        .toMatch(/^SPOILER_/);
  });

  it('hidden by the one it was made for leaves the result open', async () => {
    const { friend, shown, copy } = await copied();
    await press(copy, 'spoiler', friend);
    const name = (at: { id: string; channelId: string }) =>
      told(at.channelId).find(({ id }) => id === at.id)?.attachments[0]?.filename;
    await expect.poll(() => name(copy)).toMatch(/^SPOILER_/);
    expect(name(shown)).toBe('dream.png');
  });
});

describe('a moderator who deletes a result', () => {
  it('takes it out of /show, of the gallery and from the gallery’s wall', async () => {
    const owner = someone('Owner');
    const guild = line.sandbox.guilds[0]!.id;
    const wall = line.sandbox.addChannel({ guild, name: 'wall' }).id;
    const set = { name: 'settings gallery', options: { where: wall, stars: 1 } };
    await run({ ...set, user: someone('Admin', true) });
    const shown = await line.dream({ user: owner });
    await (await press(shown, 'star', someone())).until(over);
    await expect.poll(() => told(wall).length).toBe(1);
    line.sandbox.deleteMessage(shown.id);
    const refused = await show(shown, { user: someone() });
    expect(refused.content).toMatch(/A moderator deleted that picture/);
    expect((await show(shown, { user: owner, guild: null })).content).toMatch(/A moderator deleted/);
    await expect.poll(() => told(wall).length).toBe(0);
    expect((await run({ name: 'gallery' })).content).not.toContain(shown.id);
    const choices = await line.sandbox.autocomplete({ name: 'show', focused: 'job', user: owner });
    expect(choices.map(({ value }) => value)).not.toContain(jobOf(shown));
    await run({ name: 'settings reset', user: someone('Admin', true) });
  });

  it('is noticed by the gallery itself', async () => {
    const { id: guild, channelIds } = line.sandbox.addGuild({ name: 'Moderated' });
    const shown = [];
    for (let i = 0; i < 5; i++)
      shown.push(await line.dream({ guild, channel: channelIds[0]!, user: someone() }));
    for (const one of shown) await (await press(one, 'star', someone())).until(over);
    line.sandbox.deleteMessage(shown[1]!.id);
    const { content, attachments } = await run({ name: 'gallery', guild });
    const named = shown.map(({ id }) => content.includes(id));
    expect(named).toEqual([true, false, true, true, true]);
    expect(attachments).toHaveLength(4);
  });
});

describe('/privacy delete', () => {
  it('deletes the messages with a person’s pictures, and the copies made for that person', async () => {
    const { owner, friend, shown, copy } = await copied();
    const other = await copied();
    await (await press(other.shown, 'copy', owner)).until(over);
    const { channelId: direct } = await run({ name: 'help', guild: null, user: owner });
    expect(told(direct).filter(({ attachments }) => attachments.length > 0)).toHaveLength(1);
    expect((await run({ name: 'privacy delete', user: owner })).content).toBe(
      'I’ve deleted everything I kept about you.',
    );
    expect([shown, copy].map(stands)).toEqual([false, false]);
    expect(told(direct).filter(({ attachments }) => attachments.length > 0)).toEqual([]);
    expect([other.shown, other.copy].map(stands)).toEqual([true, true]);
    expect((await run({ name: 'privacy view', user: friend })).attachments).toHaveLength(1);
  });

  for (const stops of [true, false])
    it(`says nothing of a picture that still renders, stop_deleted: ${stops}`, async () => {
      const admin = someone('Admin', true);
      await run({ name: 'settings limits', user: admin, options: { stop_deleted: stops } });
      let release!: () => void;
      line.renderer.gates.render = new Promise((resolve) => {
        release = resolve;
      });
      const user = someone('Owner');
      const made = await line.sandbox.command({ name: 'dream', user, options: { image: line.image } });
      const { id, channelId } = await made.until(({ components }) => components.length > 0);
      const shown = () =>
        told(channelId)
          .filter(({ flags }) => !(flags & EPHEMERAL))
          .map((message) => message.id);
      const others = shown().filter((other) => other !== id);
      await run({ name: 'privacy delete', user });
      release();
      line.renderer.gates.render = Promise.resolve();
      // The next picture is there, so the one before is over.
      const next = await line.dream({ user: admin });
      expect(shown()).toEqual([...others, next.id]);
      expect(line.logged.filter(({ level }) => level >= 50)).toEqual([]);
      await run({ name: 'settings reset', user: admin });
    });

  it('says where it cannot, with links', async () => {
    const owner = someone('Owner');
    const shut = line.sandbox.addChannel({ guild: line.sandbox.guilds[0]!.id, name: 'shut' }).id;
    const shown = await line.dream({ user: owner, channel: shut });
    line.sandbox.limitPermissions(shut, 0n);
    const { content } = await run({ name: 'privacy delete', user: owner });
    expect(content).toMatch(/ask a moderator there/);
    expect(content).toContain(`${shut}/${shown.id}`);
    expect(await line.store.unwantedMessages()).toEqual([]);
  });

  it('goes on after a restart', async () => {
    const owner = someone('Owner');
    const shown = await line.dream({ user: owner });
    const path = new RegExp(`/messages/${shown.id}$`);
    line.sandbox.fault({ method: 'DELETE', path, status: 503, times: 100 });
    const asked = await line.sandbox.command({ name: 'privacy delete', user: owner });
    await asked.answered();
    await expect.poll(() => line.store.unwantedMessages()).toHaveLength(1);
    await line.restart();
    line.sandbox.clearFaults();
    await expect.poll(() => stands(shown), { timeout: 30_000 }).toBe(false);
    await expect.poll(() => line.store.unwantedMessages()).toEqual([]);
  }, 60_000);
});
