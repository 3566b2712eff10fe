/** What users can do with a result: buttons, modals, reactions, menus. Uses a real discord.js client on the loopback Discord. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buttonOf, isFinal, startTestBot, textOf, type TestBot, type Snapshot } from './test-bot.js';

let testBot: TestBot;
let result: Snapshot;
beforeAll(async () => {
  testBot = await startTestBot();
});
afterAll(() => testBot.stop());

const press = (of: Snapshot, action: string, more: { user?: string; locale?: string } = {}) =>
  testBot.sandbox.component({ message: of.id, customId: buttonOf(of, action), ...more });
const users = () => testBot.sandbox.users;
const jobIdOf = (snapshot: Snapshot) => buttonOf(snapshot, 'remix').split(':')[2]!;
/** The pictures that the bot sent to a user in direct messages. */
const directPicturesOf = async (user: string) => {
  const asked = await testBot.sandbox.command({ name: 'help', guild: null, user });
  const { channelId } = await asked.until(isFinal);
  return (testBot.sandbox.messages(channelId) as Snapshot[]).filter(
    ({ attachments }) => attachments.length > 0,
  );
};
/** Waits for the first result in the channel after its first `known` messages. */
const nextResult = async (channelId: string, known: number): Promise<{ id: string; content: string }> => {
  const fresh = () =>
    (testBot.sandbox.messages(channelId) as { id: string; content: string; components: unknown[] }[])
      .slice(known)
      .find(({ components }) => JSON.stringify(components).includes('v1:remix:'));
  await expect.poll(fresh, { timeout: 20_000 }).toBeDefined();
  return fresh()!;
};

describe('a result', () => {
  beforeAll(async () => {
    result = await testBot.dream({ options: { image: testBot.image, seed: 7, strength: 2 } });
  });

  it('shows parameters, seed, duration and alt text, and mentions nobody', () => {
    expect(textOf(result)).toMatch(/"Seed","value":"7"/);
    expect(textOf(result)).toMatch(/"Strength","value":"2"/);
    expect(textOf(result)).toMatch(/"Took"/);
    const [message] = testBot.sandbox
      .messages(result.channelId)
      .filter((one) => (one as { id: string }).id === result.id);
    const { attachments, mentions } = message as {
      attachments: { description: string }[];
      mentions: unknown[];
    };
    expect(attachments.map(({ description }) => description)).toEqual(['A picture turned into a dream']);
    expect(mentions).toEqual([]);
  });

  for (const action of ['again', 'deeper', 'larger', 'mine'])
    it(`is continued by the button ${action}, and the new picture links to it`, async () => {
      const answer = await (await press(result, action)).until(isFinal);
      expect(answer.content).toContain(
        `https://discord.com/channels/${testBot.sandbox.guilds[0]!.id}/${result.channelId}/${result.id}`,
      );
      expect(answer.content).toMatch(new RegExp(`from \\[Dream\\]\\(.*\\), for <@${users()[0]!.id}>`));
      expect(answer.attachments).toHaveLength(1);
      expect(answer.id).not.toBe(result.id);
      if (action === 'again') expect(textOf(answer)).not.toMatch(/"Seed","value":"7"/);
      if (action === 'larger') expect(testBot.renderer.requests.at(-1)).toMatchObject({ size: 128 });
      if (action === 'mine') expect(testBot.renderer.requests.at(-1)).toMatchObject({ kind: 'style' });
    });

  it('is remixed in a modal prefilled with its parameters', async () => {
    const opened = await press(result, 'remix');
    expect(await opened.answered()).toBe(9);
    expect(JSON.stringify(opened.modal)).toContain('"value":"2"');
    const fields = { layer: 'conv2', strength: '3', octaves: '2', size: '64', seed: '5' };
    const sent = await testBot.sandbox.modal({
      customId: buttonOf(result, 'remix'),
      fields,
      message: result.id,
    });
    const answer = await sent.until(isFinal);
    expect(answer.content).toContain(result.id);
    expect(testBot.renderer.requests.at(-1)).toMatchObject({ seed: 5, strength: 3, octaves: 2, size: 64 });
  });

  it('is remixed if it is a style, keeping exact weights that were not edited, or a visualisation', async () => {
    const remixer = testBot.sandbox.addUser({ name: 'Remixer' }).id;
    const remix = async (of: Snapshot, fields: Parameters<typeof testBot.sandbox.modal>[0]['fields']) => {
      const opened = await press(of, 'remix', { user: remixer });
      await opened.answered();
      const customId = buttonOf(of, 'remix');
      const sent = await testBot.sandbox.modal({ customId, fields, message: of.id });
      expect((await sent.until(isFinal)).content).toContain(of.id);
      return { modal: JSON.stringify(opened.modal), request: testBot.renderer.requests.at(-1) };
    };
    const call = (name: string, options = {}) => testBot.sandbox.command({ name, options });
    const painted = await call('style', { image: testBot.image, preset: 'ink', alpha: 3, beta: 7, brush: 2 });
    const same = { brush: '2', colours: ['match'], size: '96', seed: '' };
    const styled = await painted.until(isFinal);
    const first = await remix(styled, { ...same, strength: '24' });
    // 50 + 25·log₁₀(7/3/10) = 34.
    expect(first.modal).toMatch(/"value":"34"/);
    expect(first.request).toMatchObject({ alpha: 1, styleScale: 2, colour: 'match', size: 96 });
    expect(first.request).toMatchObject({ beta: 0.912 });
    const second = await remix(styled, { ...same, strength: '34' });
    expect(second.request).toMatchObject({ alpha: 3, beta: 7 });

    const seen = await (await call('visualise', { layer: 'conv1', channel: 2 })).until(isFinal);
    const third = await remix(seen, { layer: 'conv2', channel: '5', size: '128', seed: '9' });
    expect(third.modal).toMatch(/"value":"conv1"[^]*"value":"2"/);
    expect(third.request).toMatchObject({ layer: 'conv2', channels: [5, 5], size: 128, seed: 9 });
  });

  it('answers invalid input in a modal with an explanation', async () => {
    await (await press(result, 'remix')).answered();
    const fields = { layer: 'conv2', strength: 'lots', octaves: '2', size: '64', seed: '' };
    const sent = await testBot.sandbox.modal({
      customId: buttonOf(result, 'remix'),
      fields,
      message: result.id,
    });
    expect((await sent.until(isFinal)).content).toBe(
      '“Strength” must be a number from 0.1 to 10. You entered “lots”.',
    );
  });

  for (const [action, words] of [
    ['losses', /chart of the losses/],
    ['growth', /grew/],
    ['original', /made from/],
  ] as const)
    it(`shows ${action} only to the user who asks`, async () => {
      const answer = await (await press(result, action, { user: users()[1]!.id })).until(isFinal);
      expect(answer.flags & 64).toBe(64);
      expect(answer.content).toMatch(words);
      expect(answer.attachments).toHaveLength(1);
    });

  it('can be starred and unstarred, and the gallery counts the stars', async () => {
    const user = users()[2]!.id;
    expect((await (await press(result, 'star', { user })).until(isFinal)).content).toMatch(
      /You starred this picture/,
    );
    const gallery = await (await testBot.sandbox.command({ name: 'gallery' })).until(isFinal);
    expect(gallery.content).toContain(result.id);
    expect(gallery.attachments).toHaveLength(1);
    expect((await (await press(result, 'star', { user })).until(isFinal)).content).toMatch(
      /removed your star/,
    );
  });

  it('is listed in the gallery, four to a page, most stars first', async () => {
    const { id: guild, channelIds } = testBot.sandbox.addGuild({ name: 'Gallery' });
    const shown: Snapshot[] = [];
    for (let i = 0; i < 5; i++) shown.push(await testBot.dream({ guild, channel: channelIds[0]! }));
    const [fan, critic] = ['Fan', 'Critic'].map((name) => testBot.sandbox.addUser({ name }).id);
    for (const one of shown) await (await press(one, 'star', { user: fan! })).until(isFinal);
    await (await press(shown[4]!, 'star', { user: critic! })).until(isFinal);
    const page = async (number: number) =>
      (
        await (
          await testBot.sandbox.command({ name: 'gallery', guild, options: { page: number } })
        ).until(isFinal)
      ).content;
    const named = (content: string) => shown.map(({ id }) => id).filter((id) => content.includes(id));
    const [first, second] = [await page(1), await page(2)];
    expect(first.split('\n')[1]).toContain(shown[4]!.id);
    expect([named(first).length, named(second)]).toEqual([4, [shown[3]!.id]]);
    expect(second).toMatch(/Page 2 of 2/);
  });

  it('asks users who press buttons too often to wait', async () => {
    const user = testBot.sandbox.addUser({ name: 'Presser' }).id;
    const answers = [];
    for (let i = 0; i < 9; i++)
      answers.push((await (await press(result, 'losses', { user })).until(isFinal)).content);
    expect(answers.slice(0, 8).filter((content) => content.includes('losses'))).toHaveLength(8);
    expect(answers[8]).toMatch(/a bit fast/);
  });

  it('is copied into a direct message with working buttons', async () => {
    const user = testBot.sandbox.addUser({ name: 'Copyist' });
    expect((await (await press(result, 'copy', { user: user.id })).until(isFinal)).content).toMatch(
      /sent you a copy/,
    );
    const [copy] = await directPicturesOf(user.id);
    expect(copy!.attachments).toHaveLength(1);
    const answer = await press(copy!, 'again', { user: user.id });
    expect((await answer.until(isFinal)).attachments).toHaveLength(1);
    const hermit = testBot.sandbox.addUser({ name: 'Hermit', refusesDirectMessages: true });
    expect((await (await press(result, 'copy', { user: hermit.id })).until(isFinal)).content).toMatch(
      /direct message/,
    );
  });

  it('can be hidden and deleted only by its owner and moderators', async () => {
    const mine = await testBot.dream({ user: users()[1]!.id });
    for (const action of ['spoiler', 'delete']) {
      const refused = await press(mine, action, { user: users()[2]!.id });
      expect((await refused.until(isFinal)).content).toMatch(/Only the person who asked/);
    }
    const hidden = await (
      await press(mine, 'spoiler', { user: users()[1]!.id })
    ).until(({ attachments }) => attachments[0]?.filename.startsWith('SPOILER_') ?? false);
    expect(JSON.stringify(hidden.embeds)).not.toContain('"image"');
    const shy = testBot.sandbox.addUser({ name: 'Shy' }).id;
    const child = await (await press(result, 'again', { user: shy })).until(isFinal);
    const covered = await press(child, 'spoiler', { user: shy });
    const states = covered.until(
      ({ attachments }) => attachments[0]?.filename.startsWith('SPOILER_') ?? false,
    );
    expect((await states).content).toContain(result.id);
    await (await press(mine, 'delete', { user: users()[0]!.id })).until(({ deleted }) => deleted);
    const gone = await testBot.sandbox.command({ name: 'show', options: { job: jobIdOf(mine) } });
    expect((await gone.until(isFinal)).content).toMatch(/no longer have/);
  });

  it('has buttons that still work after a restart', async () => {
    await testBot.restart();
    const answer = await (await press(result, 'again')).until(isFinal);
    expect(answer.attachments).toHaveLength(1);
  });

  it('is shown again by /show, with its buttons', async () => {
    const shown = await (
      await testBot.sandbox.command({ name: 'show', options: { job: jobIdOf(result) } })
    ).until(isFinal);
    expect(shown.attachments).toHaveLength(1);
    expect(buttonOf(shown, 'remix')).toBe(buttonOf(result, 'remix'));
    const [choice] = await testBot.sandbox.autocomplete({ name: 'show', focused: 'job' });
    expect(choice?.name).toMatch(/^(Dream|Style)/);
  });
});

describe('a reaction', () => {
  const place = async () => {
    const shown = await testBot.dream({ user: users()[1]!.id });
    return { shown, known: testBot.sandbox.messages(shown.channelId).length };
  };

  for (const [emoji, kind] of [
    ['🎨', 'style'],
    ['🌀', 'dream'],
    ['🔁', 'dream'],
  ] as const)
    it(`${emoji} makes a new picture in reply to the old one`, async () => {
      const { shown, known } = await place();
      testBot.sandbox.react({ message: shown.id, emoji, user: users()[2]!.id });
      const fresh = await nextResult(shown.channelId, known);
      expect(fresh.content).toContain(shown.id);
      expect(testBot.renderer.requests.at(-1)).toMatchObject({ kind });
    });

  it('🎨 paints in the reacting user’s style', async () => {
    const { shown, known } = await place();
    const user = testBot.sandbox.addUser({ name: 'Stylist' }).id;
    const opened = await testBot.sandbox.contextCommand({
      name: 'Use as style for…',
      target: shown.id,
      user,
    });
    await opened.answered();
    const customId = String(opened.modal!.custom_id);
    await (await testBot.sandbox.modal({ customId, fields: { strength: '50' }, user })).until(isFinal);
    testBot.sandbox.react({ message: shown.id, emoji: '🎨', user });
    await nextResult(shown.channelId, known);
    expect(testBot.renderer.requests.at(-1)).toMatchObject({
      styles: [{ image: new Uint8Array(shown.attachments[0]!.bytes) }],
    });
  });

  it('❌ cancels a rendering job, for its owner and moderators', async () => {
    const slow = await startTestBot({ stepMs: 20, steps: Infinity });
    const [moderator, owner, other] = slow.sandbox.users.map(({ id }) => id);
    const invocation = await slow.sandbox.command({
      name: 'dream',
      user: owner!,
      options: { image: slow.image },
    });
    const { id } = await invocation.until(({ attachments }) => attachments.length > 0);
    slow.sandbox.react({ message: id, emoji: '❌', user: other! });
    const frames = invocation.history.length;
    await invocation.until(() => invocation.history.length > frames + 2);
    expect(isFinal(invocation.latest()!)).toBe(false);
    slow.sandbox.react({ message: id, emoji: '❌', user: moderator! });
    expect((await invocation.until(isFinal)).content).toMatch(/cancelled/);
    await slow.stop();
  });

  it('⭐ is counted, posts to the gallery channel at the threshold, and can be removed', async () => {
    const wall = testBot.sandbox.addChannel({ guild: testBot.sandbox.guilds[0]!.id, name: 'wall' });
    const set = { name: 'settings gallery', options: { where: wall.id, stars: 2 } };
    await (await testBot.sandbox.command(set)).until(isFinal);
    const { shown } = await place();
    const [one, two, three] = ['One', 'Two', 'Three'].map((name) => testBot.sandbox.addUser({ name }).id);
    testBot.sandbox.react({ message: shown.id, emoji: '⭐', user: one! });
    testBot.sandbox.react({ message: shown.id, emoji: '⭐', user: two! });
    await expect.poll(() => testBot.sandbox.messages(wall.id).length).toBe(1);
    testBot.sandbox.react({ message: shown.id, emoji: '⭐', user: two!, remove: true });
    testBot.sandbox.react({ message: shown.id, emoji: '⭐', user: three! });
    const counted = async () =>
      (await (await testBot.sandbox.command({ name: 'gallery' })).until(isFinal)).content;
    await expect.poll(counted).toMatch(new RegExp(`⭐ 2 .*${shown.id}`));
    expect(testBot.sandbox.messages(wall.id)).toHaveLength(1);
  });

  it('✉️ sends a copy', async () => {
    const { shown } = await place();
    const friend = testBot.sandbox.addUser({ name: 'Friend' });
    testBot.sandbox.react({ message: shown.id, emoji: '✉️', user: friend.id });
    await expect
      .poll(async () => (await directPicturesOf(friend.id))[0]?.attachments[0]?.filename)
      .toBe('dream.png');
  });

  it('🙈 hides and ❌ deletes, for owner and moderators only', async () => {
    const { shown } = await place();
    const currentMessage = () =>
      (
        testBot.sandbox.messages(shown.channelId) as { id: string; attachments: { filename: string }[] }[]
      ).find(({ id }) => id === shown.id);
    testBot.sandbox.react({ message: shown.id, emoji: '❌', user: users()[2]!.id });
    testBot.sandbox.react({ message: shown.id, emoji: '🙈', user: users()[1]!.id });
    await expect.poll(() => currentMessage()?.attachments[0]?.filename).toMatch(/^SPOILER_/);
    testBot.sandbox.react({ message: shown.id, emoji: '❌', user: users()[0]!.id });
    await expect.poll(currentMessage).toBeUndefined();
  });

  it('from a bot, or from a user over the rate limit, does nothing', async () => {
    const results = [];
    for (let i = 0; i < 12; i++) results.push((await place()).shown);
    const hasty = testBot.sandbox.addUser({ name: 'Hasty' });
    const before = testBot.renderer.requests.length;
    const refused = () => testBot.logged.filter(({ msg }) => msg === 'a reaction was refused').length;
    const refusedBefore = refused();
    const robot = testBot.sandbox.addUser({ name: 'Robot', bot: true });
    testBot.sandbox.react({ message: results[0]!.id, emoji: '🔁', user: robot.id });
    for (const { id } of results) testBot.sandbox.react({ message: id, emoji: '🔁', user: hasty.id });
    await expect.poll(refused).toBe(refusedBefore + 4);
    await expect.poll(() => testBot.renderer.requests.length).toBe(before + 8);
  });

  it('is added to results by the bot where the guild has it turned on', async () => {
    await (
      await testBot.sandbox.command({ name: 'settings look', options: { reactions: true } })
    ).until(isFinal);
    const shown = await testBot.dream();
    const seeded = () =>
      (testBot.sandbox.messages(shown.channelId) as { id: string; reactions: unknown[] }[]).find(
        ({ id }) => id === shown.id,
      )?.reactions.length;
    await expect.poll(seeded, { timeout: 10_000 }).toBe(7);
    await (await testBot.sandbox.command({ name: 'settings reset' })).until(isFinal);
  });
});

describe('the context menu', () => {
  it('dreams on a picture, paints it, and uses it as a style', async () => {
    const source = await testBot.dream({ user: users()[1]!.id });
    const dreamt = await testBot.sandbox.contextCommand({ name: 'Dream this', target: source.id });
    expect((await dreamt.until(isFinal)).attachments).toHaveLength(1);

    const paint = await testBot.sandbox.contextCommand({ name: 'Paint this…', target: source.id });
    await paint.answered();
    const painted = await testBot.sandbox.modal({
      customId: String(paint.modal!.custom_id),
      fields: { preset: ['mosaic'], strength: '75', size: '128' },
    });
    expect(textOf(await painted.until(isFinal))).toContain('Mosaic');
    expect(testBot.renderer.requests.at(-1)).toMatchObject({ beta: 100, size: 128 });

    const use = async (fields: Parameters<typeof testBot.sandbox.modal>[0]['fields']) => {
      const opened = await testBot.sandbox.contextCommand({ name: 'Use as style for…', target: source.id });
      await opened.answered();
      return (await testBot.sandbox.modal({ customId: String(opened.modal!.custom_id), fields })).until(
        isFinal,
      );
    };
    expect((await use({ image: testBot.image, strength: '50' })).attachments).toHaveLength(1);
    expect((await use({ strength: '50' })).content).toMatch(/This is now your style/);
    const sheet = await (
      await testBot.sandbox.command({ name: 'style', options: { image: testBot.image } })
    ).until(isFinal);
    expect(textOf(sheet)).toContain('dream.png');
  });

  it('says so when there is no picture', async () => {
    const words = await (await testBot.sandbox.command({ name: 'help' })).until(isFinal);
    const answer = await testBot.sandbox.contextCommand({ name: 'Dream this', target: words.id });
    expect((await answer.until(isFinal)).content).toMatch(/a picture in that message/);
  });
});
