/** Every command, and every kind of place it may be used in. A real discord.js client on the loopback Discord. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buttonOf, isFinal, startTestBot, textOf, type TestBot, type Snapshot } from './test-bot.js';

const OPERATOR_LIST = { operators: new Set<string>(), blocked: new Set<string>() };
let testBot: TestBot;
beforeAll(async () => {
  testBot = await startTestBot({ lists: OPERATOR_LIST });
});
afterAll(() => testBot.stop());

type Call = Parameters<TestBot['sandbox']['command']>[0];
const run = async (call: Call): Promise<Snapshot> => (await testBot.sandbox.command(call)).until(isFinal);
const lastRequest = () => testBot.renderer.requests.at(-1);

describe('a command', () => {
  it('/style mixes two styles, balances them, and keeps colours', async () => {
    const { image } = testBot;
    const answer = await run({
      name: 'style',
      options: {
        ...{ image, preset: 'mosaic', second_style: image, mix: 25, strength: 75, brush: 2 },
        ...{ colours: 'luminance', quality: 'fine', size: 128, seed: 3 },
      },
    });
    expect(textOf(answer)).toMatch(/Mosaic \(75 %\) \+ an attached picture \(25 %\)/);
    expect(lastRequest()).toMatchObject({
      ...{
        kind: 'style',
        beta: 100,
        styleScale: 2,
        colour: 'luminance',
        size: 128,
        seed: 3,
        quality: 'fine',
      },
      styles: [{ weight: 0.75 }, { weight: 0.25 }],
    });
  });

  it('/style explains what is wrong when options conflict', async () => {
    const { image } = testBot;
    const both = { image, style: image, preset: 'mosaic' };
    expect((await run({ name: 'style', options: both })).content).toMatch(/either a picture or a preset/);
    const twice = { image, preset: 'mosaic', strength: 10, beta: 3 };
    expect((await run({ name: 'style', options: twice })).content).toMatch(/not both/);
    const unknown = { image, preset: 'nonsense' };
    expect((await run({ name: 'style', options: unknown })).content).toMatch(/no preset/);
  });

  it('/dream accepts a depth, a channel, a guide and a zoom', async () => {
    const { image } = testBot;
    await run({ name: 'dream', options: { image, depth: 'creatures', channel: 4, guide: image, zoom: 3 } });
    expect(lastRequest()).toMatchObject({
      targets: [{ layer: 'conv2', channels: [4, 4] }],
      guide: new Uint8Array(image.bytes),
      zoom: { frames: 3 },
    });
    const nameless = await run({ name: 'dream', options: { image, channel: 4 } });
    expect(nameless.content).toMatch(/choose the layer/);
    const wrong = await run({ name: 'dream', options: { image, network: 'nonsense' } });
    expect(wrong.content).toMatch(/no network called “/);
  });

  it('/visualise shows a channel, a sheet, or a picture’s activations', async () => {
    await run({ name: 'visualise', options: { layer: 'conv1', channel: 2 } });
    expect(lastRequest()).toMatchObject({ kind: 'visualise', layer: 'conv1', channels: [2, 2] });
    await run({ name: 'visualise', options: { count: 4 } });
    expect(lastRequest()).toMatchObject({ channels: [0, 3] });
    const answer = await run({ name: 'visualise', options: { image: testBot.image } });
    expect(textOf(answer)).toContain('activations of a picture');
    expect(() => buttonOf(answer, 'original')).not.toThrow();
    const noise = await run({ name: 'visualise' });
    expect(() => buttonOf(noise, 'original')).toThrow();
  });

  it('suggests presets, networks and layers, with short descriptions in the user’s language', async () => {
    const offered = async (name: string, focused: string, options = {}, locale = 'en-US') =>
      (await testBot.sandbox.autocomplete({ name, focused, options, locale })).map((choice) => choice.name);
    const mini = 'mini, the small network that comes with Reverie';
    expect(await offered('dream', 'network')).toEqual([mini]);
    expect(await offered('dream', 'layer')).toEqual(['conv2: eyes', 'conv1']);
    expect(await offered('visualise', 'layer', { layer: '1' })).toEqual(['conv1']);
    expect(await offered('style', 'second_preset', { second_preset: 'mos' })).toEqual(['Mosaic']);
    expect(await offered('settings networks', 'network')).toEqual([mini]);
    expect(await offered('settings networks', 'network', {}, 'fr')).toEqual([
      'mini, le petit réseau livré avec Reverie',
    ]);
    expect(await offered('dream', 'layer', { layer: 'aug' }, 'de')).toEqual(['conv2: Augen']);
  });

  it('/help, /about and /stats describe the bot', async () => {
    expect((await run({ name: 'help' })).content).toContain('/privacy');
    // The German client shows the command's German name.
    expect((await run({ name: 'help', locale: 'de' })).content).toContain('/datenschutz');
    expect((await run({ name: 'about' })).content).toMatch(/tiny, none[^]*mini, the small network/);
    expect((await run({ name: 'stats' })).content).toMatch(/Painted here: [1-9]/);
    expect((await run({ name: 'gallery' })).content).toMatch(/No picture has a star yet/);
  });

  it('/stats shows durations in suitable units, in the user’s language', async () => {
    const { id: guild, channelIds } = testBot.sandbox.addGuild({ name: 'Clockmakers' });
    const spent = async (seconds: number, locale = 'en-US') => {
      testBot.renderer.secondsOf = () => seconds;
      await testBot.dream({ guild, channel: channelIds[0]! });
      const { content } = await run({ name: 'stats', guild, channel: channelIds[0]!, locale });
      return content.split('\n')[2];
    };
    expect(await spent(0.25)).toBe('Time spent painting: under 1 s');
    expect(await spent(41.75)).toBe('Time spent painting: 42 s');
    expect(await spent(78)).toBe('Time spent painting: 2 min 0 s');
    expect(await spent(7200, 'ja')).toBe('描くのにかかった時間：2時間2分');
    testBot.renderer.secondsOf = () => 3;
  });

  it('/privacy shows users all their data, and deletes it', async () => {
    const user = testBot.sandbox.addUser({ name: 'Discreet' }).id;
    const shown = await testBot.dream({ user });
    const view = async () => {
      const { attachments } = await run({ name: 'privacy view', user });
      return JSON.parse(Buffer.from(attachments[0]!.bytes).toString()) as { jobs: unknown[] };
    };
    expect((await view()).jobs).toHaveLength(1);
    expect((await run({ name: 'privacy delete', user })).content).toMatch(/I’ve deleted everything/);
    expect((await view()).jobs).toEqual([]);
    const left = testBot.sandbox.messages(shown.channelId) as { id: string }[];
    expect(left.map(({ id }) => id)).not.toContain(shown.id);
  });

  it('/privacy delete cancels requests that are still being downloaded', async () => {
    const user = testBot.sandbox.addUser({ name: 'Hurried' }).id;
    let release!: () => void;
    testBot.renderer.gates.prepare = new Promise((resolve) => (release = resolve));
    const invocation = await testBot.sandbox.command({
      name: 'dream',
      user,
      options: { image: testBot.image },
    });
    await expect
      .poll(async () => (await run({ name: 'queue', user })).content)
      .toMatch(/receiving a picture/);
    await run({ name: 'privacy delete', user });
    expect((await invocation.until(isFinal)).content).toMatch(/cancelled/);
    release();
    testBot.renderer.gates.prepare = Promise.resolve();
    expect(testBot.storage.newest(50).filter(({ userId }) => userId === user)).toEqual([]);
  });

  it('is answered in the user’s language, including errors', async () => {
    const options = { image: testBot.image, preset: 'nonsense' };
    const style = (locale: string) => run({ name: 'style', locale, options });
    const sentences = await Promise.all(['en-US', 'de', 'fr', 'es-419', 'ja'].map(style));
    expect(new Set(sentences.map(({ content }) => content)).size).toBe(5);
    expect((await run({ name: 'queue', locale: 'de' })).content).toMatch(/Gerade/);
    expect((await testBot.dream({ locale: 'de' })).content).toMatch(/Traum/);
  });
});

describe('/cancel and /queue', () => {
  let slow: TestBot;
  beforeAll(async () => {
    slow = await startTestBot({ stepMs: 150 });
  });
  afterAll(() => slow.stop());

  it('list waiting jobs with estimates, and cancel them by command or button, for their owner and moderators', async () => {
    const { sandbox, image } = slow;
    const [moderator, owner, other] = sandbox.users.map(({ id }) => id);
    await slow.dream();
    const ask = async () => {
      const invocation = await sandbox.command({ name: 'dream', user: owner!, options: { image } });
      await invocation.until(({ content }) => content.length > 0);
      return invocation;
    };
    const [first, second, third] = [await ask(), await ask(), await ask()];
    expect(third.latest()!.content).toMatch(/number 2 in the queue · expected <t:\d+:R>/);
    const listed = await (await sandbox.command({ name: 'queue', user: owner! })).until(isFinal);
    expect(listed.content).toMatch(
      /▶ \*\*Dream\*\*.* expected <t:\d+:R>\n[^]*2\. \*\*Dream\*\*.* expected <t:\d+:R>/,
    );
    const press = (user: string) =>
      sandbox.component({ message: third.latest()!.id, customId: buttonOf(third.latest()!, 'cancel'), user });
    const refused = await press(other!);
    await refused.answered();
    expect(refused.latest()!.content).toMatch(/Only the person/);
    await press(moderator!);
    expect((await third.until(isFinal)).content).toMatch(/cancelled/);
    const done = await (await sandbox.command({ name: 'cancel', user: owner! })).until(isFinal);
    expect(done.content).toMatch(/Cancelled: Dream/);
    expect((await second.until(isFinal)).content).toMatch(/cancelled/);
    expect((await first.until(isFinal)).attachments).toHaveLength(1);
    const nothing = await (await sandbox.command({ name: 'cancel', user: owner! })).until(isFinal);
    expect(nothing.content).toMatch(/no pictures in the queue/);
  });
});

describe('/settings', () => {
  const [admin, member] = [0, 1];
  const user = (index: number) => testBot.sandbox.users[index]!.id;
  const set = (name: string, options: Call['options'] = {}) =>
    run({ name: `settings ${name}`, user: user(admin), options });
  const tries = (options: Call['options'] = {}, more: Partial<Call> = {}) =>
    run({ name: 'dream', user: user(member), options: { image: testBot.image, ...options }, ...more });
  afterEach(() => set('reset'));

  it('are only for people who manage the server', async () => {
    const answer = await run({ name: 'settings view', user: user(member) });
    expect(answer.content).toMatch(/Only people who manage/);
    expect((await set('view')).content).toMatch(
      /Longest side: no limit\n[^]*one person in the queue: no limit\n[^]*this server in the queue: no limit/,
    );
    const direct = await run({ name: 'privacy view', guild: null });
    expect(direct.attachments).toHaveLength(1);
  });

  it('restrict the bot to channels and roles', async () => {
    const other = testBot.sandbox.addChannel({ guild: testBot.sandbox.guilds[0]!.id, name: 'other' });
    await set('access', { where: other.id });
    expect((await tries()).content).toMatch(/can’t be used in this channel/);
    expect((await tries({}, { channel: other.id })).attachments).toHaveLength(1);
    const thread = testBot.sandbox.addThread({ channel: other.id, name: 'below' });
    expect((await tries({}, { channel: thread.id })).attachments).toHaveLength(1);
    await set('access', { where: other.id, role: String(BigInt(testBot.sandbox.guilds[0]!.id) + 1n) });
    expect((await tries()).content).toMatch(/need one of the roles/);
  });

  it('limit sizes, networks and pictures, block users, hide results and set a default style', async () => {
    await set('limits', { size: 256, per_user: 1 });
    testBot.renderer.side = 300;
    expect((await tries({ size: 300 })).content).toMatch(/up to 256 pixels/);
    testBot.renderer.side = 8;
    expect((await tries({ size: 128 })).attachments).toHaveLength(1);
    await set('networks', { network: 'mini', allowed: false });
    expect((await tries()).content).toMatch(/mini isn’t allowed/);
    await set('networks', { network: 'mini', allowed: true });
    await set('block', { user: user(member) });
    expect((await tries()).content).toMatch(/not allowed to use me here/);
    const shown = await testBot.dream({ user: user(admin) });
    for (const action of ['losses', 'star', 'again', 'remix']) {
      const customId = buttonOf(shown, action);
      const pressed = await testBot.sandbox.component({ message: shown.id, customId, user: user(member) });
      expect((await pressed.until(isFinal)).content).toMatch(/not allowed to use me here/);
    }
    await set('block', { user: user(member) });
    await set('look', { spoilers: true });
    expect((await tries()).attachments[0]!.filename).toBe('SPOILER_dream.png');
    await set('style', { preset: 'ink' });
    const sheet = await run({ name: 'style', user: user(member), options: { image: testBot.image } });
    expect(JSON.stringify(sheet.components)).toContain('"1. Ink hatching"');
    const customId = buttonOf(shown, 'mine');
    const painted = await testBot.sandbox.component({ message: shown.id, customId, user: user(member) });
    expect(textOf(await painted.until(isFinal))).toContain('Ink hatching');
  });

  it('limit how many pictures a user and the server have in the queue', async () => {
    await set('limits', { per_user: 1, per_guild: 2 });
    let release!: () => void;
    testBot.renderer.gates.render = new Promise((resolve) => (release = resolve));
    const replyTo = async (asker: string, guild = testBot.sandbox.guilds[0]!.id) => {
      const options = { image: testBot.image };
      const invocation = await testBot.sandbox.command({ name: 'dream', user: asker, guild, options });
      return (await invocation.until(({ content }) => content !== '')).content;
    };
    const third = testBot.sandbox.addUser({ name: 'Third' }).id;
    expect(await replyTo(user(member))).toMatch(/starting/);
    expect(await replyTo(user(member))).toMatch(/You already have 1 picture in the queue. Please try again/);
    expect(await replyTo(user(2))).toMatch(/next in the queue/);
    expect(await replyTo(third)).toMatch(/already 2 pictures waiting here/);
    // Another server's people are not this one's to limit.
    expect(await replyTo(third, testBot.sandbox.guilds[1]!.id)).toMatch(/in the queue ·|next in the queue/);
    release();
    testBot.renderer.gates.render = Promise.resolve();
    await expect.poll(() => testBot.storage.countByState().queued).toBeUndefined();
  });

  it('apply to reactions too', async () => {
    const shown = await testBot.dream({ user: user(admin) });
    await set('block', { user: user(member) });
    const before = testBot.renderer.rendered.length;
    testBot.sandbox.react({ message: shown.id, emoji: '🔁', user: user(member) });
    const refused = () => testBot.logged.filter(({ msg }) => msg === 'a reaction was refused');
    await expect.poll(refused).toMatchObject([{ code: 'not-allowed', action: 'again' }]);
    expect(testBot.renderer.rendered).toHaveLength(before);
  });

  it('are overridden by the operator’s lists', async () => {
    OPERATOR_LIST.blocked.add(user(member));
    expect((await tries()).content).toMatch(/not allowed to use me here/);
    OPERATOR_LIST.blocked.clear();
    OPERATOR_LIST.operators.add(user(member));
    await set('block', { user: user(member) });
    expect((await tries()).attachments).toHaveLength(1);
    OPERATOR_LIST.operators.clear();
  });
});

describe('the bot works', () => {
  it('in a thread, in a direct message, and as a user-installed app', async () => {
    const { sandbox } = testBot;
    const thread = sandbox.addThread({ channel: sandbox.guilds[0]!.channelIds[0]!, name: 'thread' });
    const inThread = await testBot.dream({ channel: thread.id });
    expect([inThread.channelId, inThread.attachments.length]).toEqual([thread.id, 1]);

    const direct = await testBot.dream({ guild: null });
    expect(direct.attachments).toHaveLength(1);
    const press = await sandbox.component({ message: direct.id, customId: buttonOf(direct, 'again') });
    expect((await press.until(isFinal)).attachments).toHaveLength(1);

    const abroad = sandbox.addGuild({ name: 'Abroad', installed: false });
    const there = await testBot.dream({ guild: abroad.id });
    expect(there.attachments).toHaveLength(1);
    const gone = await sandbox.component({ message: there.id, customId: buttonOf(there, 'delete') });
    await gone.until(({ deleted }) => deleted);
  });

  it('and keeps spoilers hidden and age-restricted pictures in age-restricted channels', async () => {
    const { sandbox, image } = testBot;
    const hidden = await testBot.dream({ options: { image: { ...image, name: 'SPOILER_in.png' } } });
    expect(hidden.attachments[0]!.filename).toBe('SPOILER_dream.png');
    const late = sandbox.addChannel({ guild: sandbox.guilds[0]!.id, name: 'late', ageRestricted: true });
    const thread = sandbox.addThread({ channel: late.id, name: 'later' });
    const adult = await testBot.dream({ channel: thread.id });
    const job = buttonOf(adult, 'remix').split(':')[2]!;
    expect((await run({ name: 'show', options: { job } })).content).toMatch(/age-restricted/);
    expect((await run({ name: 'show', channel: late.id, options: { job } })).attachments).toHaveLength(1);
    const elsewhere = { guild: sandbox.guilds[1]!.id, user: sandbox.users[1]!.id, options: { job } };
    expect((await run({ name: 'show', ...elsewhere })).content).toMatch(/another server/);
  });

  it('with only the intents it needs, and registers commands only when they have changed', async () => {
    const { client } = testBot.bot;
    expect(client.options.intents.toArray().sort()).toEqual(
      ['DirectMessageReactions', 'GuildMessageReactions', 'Guilds'].sort(),
    );
    const puts = () =>
      testBot.sandbox.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith('/commands'));
    expect(puts()).toHaveLength(1);
    await testBot.restart();
    expect(puts()).toHaveLength(1);
    // Somebody else's word for one option, in one language.
    const route = `${testBot.sandbox.api}/v10/applications/${testBot.sandbox.applicationId}/commands`;
    const headers = { authorization: `Bot ${testBot.sandbox.token}`, 'content-type': 'application/json' };
    const list = await fetch(`${route}?with_localizations=true`, { headers });
    const commands = (await list.json()) as { id: string; options: { name_localizations: object }[] }[];
    const changed = commands.find(({ options }) => options.length > 0)!;
    Object.assign(changed.options[0]!.name_localizations, { de: 'anders' });
    const body = JSON.stringify({ options: changed.options });
    await fetch(`${route}/${changed.id}`, { method: 'PATCH', headers, body });
    await testBot.restart();
    expect(puts()).toHaveLength(2);
    await testBot.restart();
    expect(puts()).toHaveLength(2);
  });
});
