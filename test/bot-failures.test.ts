/** Failures that Discord bots meet in practice, reproduced with the loopback Discord and a real discord.js client. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sequence } from './fixtures.js';
import { buttonOf, isFinal, startTestBot, type Invocation, type TestBot } from './test-bot.js';
import { FAILING_SEED } from './tiny-renderer.js';

let testBot: TestBot;
beforeAll(async () => {
  testBot = await startTestBot({ stepMs: 60 });
  await setStopDeleted(false);
});
afterAll(() => testBot.stop());

const REPLY_PATH = /\/messages\/@original$/;
/** Sets whether deleting a message cancels its job; by default it does. */
const setStopDeleted = async (stop: boolean, { sandbox } = testBot): Promise<string> => {
  const settings = { name: 'settings limits', options: { stop_deleted: stop } };
  return (await (await sandbox.command(settings)).until(isFinal)).content;
};
interface RecordedMessage {
  id: string;
  attachments: { filename: string; size: number }[];
}
const messagesIn = (id: string) => testBot.sandbox.messages(id) as RecordedMessage[];
const startDream = async (
  call: Partial<Parameters<TestBot['sandbox']['command']>[0]> = {},
  { sandbox, image } = testBot,
): Promise<Invocation> => {
  const invocation = await sandbox.command({ name: 'dream', options: { image }, ...call });
  await invocation.until(({ components }) => components.length > 0);
  return invocation;
};
const expireToken = () => {
  const body = { message: 'Invalid Webhook Token', code: 50027 };
  testBot.sandbox.fault({ method: 'PATCH', path: REPLY_PATH, status: 401, body });
};

describe('a picture is delivered', () => {
  it('by editing its message through the channel when the interaction’s token has expired', async () => {
    const invocation = await startDream();
    expireToken();
    const last = await invocation.until(isFinal);
    expect(last.attachments).toHaveLength(1);
    expect(testBot.bot.client.token).not.toBeNull();
  });

  it('in a new message when its own was deleted', async () => {
    const invocation = await startDream();
    const { id, channelId } = invocation.latest()!;
    const before = new Set(messagesIn(channelId).map((one) => one.id));
    testBot.sandbox.deleteMessage(id);
    const fresh = () => messagesIn(channelId).filter((one) => !before.has(one.id));
    await expect.poll(() => fresh()[0]?.attachments.length).toBe(1);
    expect(fresh()).toHaveLength(1);
  });

  it('nowhere when its message was deleted and the guild has stop_deleted on', async () => {
    expect(await setStopDeleted(true)).toMatch(/deleted: yes/);
    const invocation = await startDream();
    const { id, channelId } = invocation.latest()!;
    const before = messagesIn(channelId).length;
    const job = buttonOf(invocation.latest()!, 'cancel').split(':')[2]!;
    testBot.sandbox.deleteMessage(id);
    await expect.poll(async () => (await testBot.storage.job(job))?.state).toBe('cancelled');
    expect(messagesIn(channelId)).toHaveLength(before - 1);
    await setStopDeleted(false);
  });

  it('once when Discord accepts the new message but the response is lost', async () => {
    const invocation = await startDream();
    const { id, channelId } = invocation.latest()!;
    const before = new Set(messagesIn(channelId).map((one) => one.id));
    const path = new RegExp(`/channels/${channelId}/messages$`);
    const answered = () =>
      testBot.sandbox.requests.filter(
        ({ method, path: at, status }) => method === 'POST' && path.test(at) && status === 200,
      );
    const from = answered().length;
    testBot.sandbox.fault({ method: 'POST', path, status: 0, late: true });
    testBot.sandbox.deleteMessage(id);
    await expect.poll(() => answered().length, { timeout: 10_000 }).toBeGreaterThan(from);
    expect(messagesIn(channelId).filter((one) => !before.has(one.id))).toHaveLength(1);
  });

  it('in its thread when the thread has been archived', async () => {
    const thread = testBot.sandbox.addThread({
      channel: testBot.sandbox.guilds[0]!.channelIds[0]!,
      name: 'old',
    });
    await startDream({ channel: thread.id });
    testBot.sandbox.archiveThread(thread.id);
    expireToken();
    await expect.poll(() => messagesIn(thread.id).at(-1)?.attachments[0]?.filename).toBe('dream.png');
    // The one that could not be edited, with a button that does nothing, is gone.
    await expect.poll(() => messagesIn(thread.id)).toHaveLength(1);
  });

  it('as a direct message when the bot has lost access to the channel', async () => {
    const { id } = testBot.sandbox.addChannel({ guild: testBot.sandbox.guilds[0]!.id, name: 'lost' });
    const invocation = await startDream({ channel: id });
    testBot.sandbox.limitPermissions(id, 0n);
    testBot.sandbox.deleteMessage(invocation.latest()!.id);
    const direct = () =>
      testBot.sandbox.requests.some(
        ({ method, path, status }) => method === 'POST' && path === '/users/@me/channels' && status === 200,
      );
    await expect.poll(direct).toBe(true);
  });

  for (const [what, more] of [
    ['this message', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '3' }],
    ['a shared resource', { 'x-ratelimit-scope': 'shared' }],
  ] as const)
    it(`without further frames when Discord rate-limits a frame for three seconds because of ${what}`, async () => {
      const body = { message: 'You are being rate limited.', retry_after: 3, global: false };
      const headers = { 'retry-after': '3', ...more };
      const invocation = await startDream();
      const from = testBot.sandbox.requests.length;
      testBot.sandbox.fault({ method: 'PATCH', path: REPLY_PATH, status: 429, body, headers });
      const last = await invocation.until(isFinal);
      const edits = testBot.sandbox.requests
        .slice(from)
        .filter(({ method, path }) => method === 'PATCH' && path.endsWith('/messages/@original'));
      // Neither the rate-limited frame nor a later one is sent before the final picture.
      await expect.poll(() => edits.map(({ status }) => status)).toEqual([429, 200]);
      expect(last.attachments[0]!.filename).toBe('dream.png');
    });
});

const editsOf = ({ sandbox }: TestBot) =>
  sandbox.requests.filter(({ method, path }) => method === 'PATCH' && path.endsWith('/messages/@original'));

it('a message is edited no more often than its interval allows', async () => {
  const slow = await startTestBot({ stepMs: 20, steps: Infinity, progressIntervalMs: 200 });
  const invocation = await slow.sandbox.command({ name: 'dream', options: { image: slow.image } });
  // Its place and two frames.
  await expect.poll(() => editsOf(slow).length, { timeout: 30_000 }).toBe(3);
  const times = editsOf(slow).map(({ at }) => at);
  slow.renderer.enough = true;
  expect((await invocation.until(isFinal)).attachments).toHaveLength(1);
  // A timer may be a millisecond early.
  for (const [index, at] of times.slice(1).entries()) expect(at - times[index]!).toBeGreaterThanOrEqual(195);
  // Each state had one picture at most: new ones take the old one's place.
  expect(Math.max(...invocation.history.map(({ attachments }) => attachments.length))).toBe(1);
  await slow.stop();
});

describe('with an hour between edits', () => {
  let patient: TestBot;
  beforeAll(async () => {
    patient = await startTestBot({ stepMs: 30, steps: 10, progressIntervalMs: 3_600_000 });
  });
  afterAll(() => patient.stop());

  it('the picture is sent as soon as it is finished', async () => {
    expect((await patient.dream()).attachments).toHaveLength(1);
    // Its place and its picture.
    expect(editsOf(patient)).toHaveLength(2);
  });

  it('the picture is compressed when Discord accepts less than its stated limit', async () => {
    const data = Uint8Array.from(sequence(300 * 300 * 3, 5, 0, 256));
    patient.renderer.result = { width: 300, height: 300, data };
    const [fair] = (await patient.dream()).attachments;
    const invocation = await startDream({}, patient);
    const body = { message: 'Request entity too large', code: 40005 };
    patient.sandbox.fault({ method: 'PATCH', path: REPLY_PATH, status: 413, body });
    const [small] = (await invocation.until(isFinal)).attachments;
    expect(small!.size).toBeLessThanOrEqual(fair!.size / 2);
  });

  it('no picture is sent when its message was deleted, even if that is noticed only at the end', async () => {
    const invocation = await startDream({}, patient);
    const { id, channelId } = invocation.latest()!;
    const before = patient.sandbox.messages(channelId).length;
    const job = buttonOf(invocation.latest()!, 'cancel').split(':')[2]!;
    patient.sandbox.deleteMessage(id);
    await expect.poll(async () => (await patient.storage.job(job))?.withdrawn).toBe(true);
    await expect.poll(async () => (await patient.storage.job(job))?.state).toBe('completed');
    expect(patient.sandbox.messages(channelId)).toHaveLength(before - 1);
    const shown = await patient.sandbox.command({ name: 'show', options: { job } });
    expect((await shown.until(isFinal)).attachments).toEqual([]);
  });

  it('the picture is available through /show when its message is gone and neither channel nor owner can be reached', async () => {
    const user = patient.sandbox.addUser({ name: 'Hermit', refusesDirectMessages: true }).id;
    const { id: channel } = patient.sandbox.addChannel({
      guild: patient.sandbox.guilds[0]!.id,
      name: 'lost',
    });
    await setStopDeleted(false, patient);
    const invocation = await startDream({ user, channel }, patient);
    const job = buttonOf(invocation.latest()!, 'cancel').split(':')[2]!;
    patient.sandbox.limitPermissions(channel, 0n);
    patient.sandbox.deleteMessage(invocation.latest()!.id);
    const show = () => patient.sandbox.command({ name: 'show', user, options: { job } });
    const shown = async () => (await (await show()).until(isFinal)).attachments.length;
    await expect.poll(shown, { timeout: 10_000 }).toBe(1);
  });
});

it('the queue continues after jobs that throw, are cancelled or time out', async () => {
  const busy = await startTestBot({ stepMs: 10, steps: Infinity, timeLimitSeconds: 1 });
  const options = { image: busy.image };
  const [broken, doomed, late, fine] = [
    await startDream({ options: { ...options, seed: FAILING_SEED } }, busy),
    await startDream({ options: { ...options, seed: 1 } }, busy),
    await startDream({ options: { ...options, seed: 2 } }, busy),
    await startDream({ options: { ...options, seed: 3 } }, busy),
  ];
  expect((await broken.until(isFinal)).content).toMatch(/Something went wrong on my side/);
  await expect.poll(() => busy.renderer.rendered).toContain(1);
  const shown = doomed.latest()!;
  await busy.sandbox.component({ message: shown.id, customId: buttonOf(shown, 'cancel') });
  expect((await doomed.until(isFinal)).content).toMatch(/cancelled/);
  expect((await late.until(isFinal)).content).toMatch(/took too long/);
  busy.renderer.enough = true;
  expect((await fine.until(isFinal)).attachments).toHaveLength(1);
  await busy.stop();
});

it('an unknown interaction is logged once, and the next one is answered', async () => {
  const body = { message: 'Unknown interaction', code: 10062 };
  testBot.sandbox.fault({ method: 'POST', path: /\/callback$/, status: 404, body });
  const before = testBot.logged.length;
  await testBot.sandbox.command({ name: 'dream', options: { image: testBot.image } });
  const logged = () => testBot.logged.slice(before).filter(({ level }) => level >= 40);
  await expect.poll(logged).toMatchObject([{ level: 40, msg: expect.stringContaining('expired') as string }]);
  expect((await testBot.dream()).attachments).toHaveLength(1);
  expect(logged()).toHaveLength(1);
});

it('a reply that Discord accepted is not a failure when the response was lost', async () => {
  testBot.sandbox.fault({ method: 'POST', path: /\/callback$/, status: 0, late: true });
  expect((await testBot.dream()).attachments).toHaveLength(1);
});

describe('the final picture fits', () => {
  const SIDE = 1900;
  beforeAll(() => {
    const noise = sequence(SIDE * SIDE * 3, 5, 0, 256);
    testBot.renderer.result = { width: SIDE, height: SIDE, data: Uint8Array.from(noise) };
  });
  afterAll(() => {
    testBot.renderer.result = undefined;
  });

  for (const [limit, format] of [
    [500 * 1024, 'jpeg'],
    [8 * 2 ** 20, 'webp'],
    [10 * 2 ** 20, 'webp'],
    [25 * 2 ** 20, 'png'],
  ] as const)
    it(`an upload limit of ${Math.round(limit / 1024)} KiB`, async () => {
      const guild = testBot.sandbox.addGuild({ name: `Limit ${limit}`, attachmentSizeLimit: limit });
      const invocation = await startDream({ guild: guild.id });
      const { attachments } = await invocation.until(isFinal, 40_000);
      expect(attachments).toHaveLength(1);
      expect(attachments[0]!.size).toBeLessThanOrEqual(limit);
      expect((await sharp(attachments[0]!.bytes).metadata()).format).toBe(format);
    });
});

it('camera metadata is removed from everything that is sent', async () => {
  const exif = { IFD0: { Copyright: 'secret-name' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } };
  const bytes = await sharp(testBot.image.bytes).png().withExif(exif).toBuffer();
  expect(bytes.includes('secret-name')).toBe(true);
  const shown = await testBot.dream({ options: { image: { name: 'photo.png', bytes } } });
  const pressed = await testBot.sandbox.component({
    message: shown.id,
    customId: buttonOf(shown, 'original'),
  });
  for (const { attachments } of [shown, await pressed.until(isFinal)]) {
    const file = Buffer.from(attachments[0]!.bytes);
    const { exif: left, xmp, iptc, icc } = await sharp(file).metadata();
    expect([left, xmp, iptc, icc, file.includes('secret-name')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      false,
    ]);
  }
});
