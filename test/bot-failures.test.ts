/** How bots like this one fail in the wild, against the loopback Discord and a real discord.js client. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sequence } from './fixtures.js';
import { buttonOf, over, startLine, type Invocation, type Line } from './bot-line.js';
import { FAILING_SEED } from './tiny-renderer.js';

let line: Line;
beforeAll(async () => {
  line = await startLine({ stepMs: 60 });
  await stopDeleted(false);
});
afterAll(() => line.stop());

const ORIGINAL = /\/messages\/@original$/;
/** Whether a picture ends when its message is deleted; by default it does. */
const stopDeleted = async (stop: boolean, { sandbox } = line): Promise<string> => {
  const settings = { name: 'settings limits', options: { stop_deleted: stop } };
  return (await (await sandbox.command(settings)).until(over)).content;
};
interface Told {
  id: string;
  attachments: { filename: string; size: number }[];
}
const inChannel = (id: string) => line.sandbox.messages(id) as Told[];
const begin = async (
  call: Partial<Parameters<Line['sandbox']['command']>[0]> = {},
  { sandbox, image } = line,
): Promise<Invocation> => {
  const made = await sandbox.command({ name: 'dream', options: { image }, ...call });
  await made.until(({ components }) => components.length > 0);
  return made;
};
const expire = () => {
  const body = { message: 'Invalid Webhook Token', code: 50027 };
  line.sandbox.fault({ method: 'PATCH', path: ORIGINAL, status: 401, body });
};

describe('a picture arrives', () => {
  it('in its message, through the channel, when the interaction’s token has ended', async () => {
    const made = await begin();
    expire();
    const last = await made.until(over);
    expect(last.attachments).toHaveLength(1);
    expect(line.bot.client.token).not.toBeNull();
  });

  it('in a new message when its own was deleted', async () => {
    const made = await begin();
    const { id, channelId } = made.latest()!;
    const before = new Set(inChannel(channelId).map((one) => one.id));
    line.sandbox.deleteMessage(id);
    const fresh = () => inChannel(channelId).filter((one) => !before.has(one.id));
    await expect.poll(() => fresh()[0]?.attachments.length).toBe(1);
    expect(fresh()).toHaveLength(1);
  });

  it('nowhere when its message was deleted and the guild wants it to stop then', async () => {
    expect(await stopDeleted(true)).toMatch(/deleted: yes/);
    const made = await begin();
    const { id, channelId } = made.latest()!;
    const before = inChannel(channelId).length;
    const job = buttonOf(made.latest()!, 'cancel').split(':')[2]!;
    line.sandbox.deleteMessage(id);
    await expect.poll(async () => (await line.store.job(job))?.state).toBe('cancelled');
    expect(inChannel(channelId)).toHaveLength(before - 1);
    await stopDeleted(false);
  });

  it('once, when Discord takes the new message but its answer is lost', async () => {
    const made = await begin();
    const { id, channelId } = made.latest()!;
    const before = new Set(inChannel(channelId).map((one) => one.id));
    const path = new RegExp(`/channels/${channelId}/messages$`);
    const answered = () =>
      line.sandbox.requests.filter(
        ({ method, path: at, status }) => method === 'POST' && path.test(at) && status === 200,
      );
    const from = answered().length;
    line.sandbox.fault({ method: 'POST', path, status: 0, late: true });
    line.sandbox.deleteMessage(id);
    await expect.poll(() => answered().length, { timeout: 10_000 }).toBeGreaterThan(from);
    expect(inChannel(channelId).filter((one) => !before.has(one.id))).toHaveLength(1);
  });

  it('in the thread when that was archived meanwhile', async () => {
    const thread = line.sandbox.addThread({ channel: line.sandbox.guilds[0]!.channelIds[0]!, name: 'old' });
    await begin({ channel: thread.id });
    line.sandbox.archiveThread(thread.id);
    expire();
    await expect.poll(() => inChannel(thread.id).at(-1)?.attachments[0]?.filename).toBe('dream.png');
    // The one that could not be edited, with a button that does nothing, is gone.
    await expect.poll(() => inChannel(thread.id)).toHaveLength(1);
  });

  it('in person when the channel was taken from the bot', async () => {
    const { id } = line.sandbox.addChannel({ guild: line.sandbox.guilds[0]!.id, name: 'lost' });
    const made = await begin({ channel: id });
    line.sandbox.limitPermissions(id, 0n);
    line.sandbox.deleteMessage(made.latest()!.id);
    const direct = () =>
      line.sandbox.requests.some(
        ({ method, path, status }) => method === 'POST' && path === '/users/@me/channels' && status === 200,
      );
    await expect.poll(direct).toBe(true);
  });

  for (const [what, more] of [
    ['this message', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '3' }],
    ['something shared', { 'x-ratelimit-scope': 'shared' }],
  ] as const)
    it(`next when Discord has no room for a frame for three seconds, because of ${what}`, async () => {
      const body = { message: 'You are being rate limited.', retry_after: 3, global: false };
      const headers = { 'retry-after': '3', ...more };
      const made = await begin();
      const from = line.sandbox.requests.length;
      line.sandbox.fault({ method: 'PATCH', path: ORIGINAL, status: 429, body, headers });
      const last = await made.until(over);
      const edits = line.sandbox.requests
        .slice(from)
        .filter(({ method, path }) => method === 'PATCH' && path.endsWith('/messages/@original'));
      // The frame that was refused is not said again before the picture, nor is a later one.
      await expect.poll(() => edits.map(({ status }) => status)).toEqual([429, 200]);
      expect(last.attachments[0]!.filename).toBe('dream.png');
    });
});

const editsOf = ({ sandbox }: Line) =>
  sandbox.requests.filter(({ method, path }) => method === 'PATCH' && path.endsWith('/messages/@original'));

it('a message is edited no more often than its interval allows', async () => {
  const slow = await startLine({ stepMs: 20, steps: Infinity, progressIntervalMs: 200 });
  const made = await slow.sandbox.command({ name: 'dream', options: { image: slow.image } });
  // Its place and two frames.
  await expect.poll(() => editsOf(slow).length, { timeout: 30_000 }).toBe(3);
  const times = editsOf(slow).map(({ at }) => at);
  slow.renderer.enough = true;
  expect((await made.until(over)).attachments).toHaveLength(1);
  // A timer may be a millisecond early.
  for (const [index, at] of times.slice(1).entries()) expect(at - times[index]!).toBeGreaterThanOrEqual(195);
  // Each state had one picture at most: new ones take the old one's place.
  expect(Math.max(...made.history.map(({ attachments }) => attachments.length))).toBe(1);
  await slow.stop();
});

describe('with an hour between edits', () => {
  let patient: Line;
  beforeAll(async () => {
    patient = await startLine({ stepMs: 30, steps: 10, progressIntervalMs: 3_600_000 });
  });
  afterAll(() => patient.stop());

  it('the picture comes as soon as it is finished', async () => {
    expect((await patient.dream()).attachments).toHaveLength(1);
    // Its place and its picture.
    expect(editsOf(patient)).toHaveLength(2);
  });

  it('the picture comes as a smaller file where Discord takes less than it said', async () => {
    const data = Uint8Array.from(sequence(300 * 300 * 3, 5, 0, 256));
    patient.renderer.result = { width: 300, height: 300, data };
    const [fair] = (await patient.dream()).attachments;
    const made = await begin({}, patient);
    const body = { message: 'Request entity too large', code: 40005 };
    patient.sandbox.fault({ method: 'PATCH', path: ORIGINAL, status: 413, body });
    const [small] = (await made.until(over)).attachments;
    expect(small!.size).toBeLessThanOrEqual(fair!.size / 2);
  });

  it('no picture comes where its message was deleted, although nobody noticed before it was finished', async () => {
    const made = await begin({}, patient);
    const { id, channelId } = made.latest()!;
    const before = patient.sandbox.messages(channelId).length;
    const job = buttonOf(made.latest()!, 'cancel').split(':')[2]!;
    patient.sandbox.deleteMessage(id);
    await expect.poll(async () => (await patient.store.job(job))?.withdrawn).toBe(true);
    await expect.poll(async () => (await patient.store.job(job))?.state).toBe('completed');
    expect(patient.sandbox.messages(channelId)).toHaveLength(before - 1);
    const shown = await patient.sandbox.command({ name: 'show', options: { job } });
    expect((await shown.until(over)).attachments).toEqual([]);
  });

  it('the picture is there for /show where its message is gone, its channel closed, and its owner too', async () => {
    const user = patient.sandbox.addUser({ name: 'Hermit', refusesDirectMessages: true }).id;
    const { id: channel } = patient.sandbox.addChannel({
      guild: patient.sandbox.guilds[0]!.id,
      name: 'lost',
    });
    await stopDeleted(false, patient);
    const made = await begin({ user, channel }, patient);
    const job = buttonOf(made.latest()!, 'cancel').split(':')[2]!;
    patient.sandbox.limitPermissions(channel, 0n);
    patient.sandbox.deleteMessage(made.latest()!.id);
    const show = () => patient.sandbox.command({ name: 'show', user, options: { job } });
    const shown = async () => (await (await show()).until(over)).attachments.length;
    await expect.poll(shown, { timeout: 10_000 }).toBe(1);
  });
});

it('a job that throws, one that is cancelled and one that takes too long keep nobody waiting', async () => {
  const busy = await startLine({ stepMs: 10, steps: Infinity, timeLimitSeconds: 1 });
  const options = { image: busy.image };
  const [broken, doomed, late, fine] = [
    await begin({ options: { ...options, seed: FAILING_SEED } }, busy),
    await begin({ options: { ...options, seed: 1 } }, busy),
    await begin({ options: { ...options, seed: 2 } }, busy),
    await begin({ options: { ...options, seed: 3 } }, busy),
  ];
  expect((await broken.until(over)).content).toMatch(/Something went wrong on my side/);
  await expect.poll(() => busy.renderer.rendered).toContain(1);
  const shown = doomed.latest()!;
  await busy.sandbox.component({ message: shown.id, customId: buttonOf(shown, 'cancel') });
  expect((await doomed.until(over)).content).toMatch(/cancelled/);
  expect((await late.until(over)).content).toMatch(/took too long/);
  busy.renderer.enough = true;
  expect((await fine.until(over)).attachments).toHaveLength(1);
  await busy.stop();
});

it('an interaction that Discord no longer knows is told to the operator once, and the next one is answered', async () => {
  const body = { message: 'Unknown interaction', code: 10062 };
  line.sandbox.fault({ method: 'POST', path: /\/callback$/, status: 404, body });
  const before = line.logged.length;
  await line.sandbox.command({ name: 'dream', options: { image: line.image } });
  const logged = () => line.logged.slice(before).filter(({ level }) => level >= 40);
  await expect.poll(logged).toMatchObject([{ level: 40, msg: expect.stringContaining('expired') as string }]);
  expect((await line.dream()).attachments).toHaveLength(1);
  expect(logged()).toHaveLength(1);
});

it('an answer that Discord took although its word was lost is no failure', async () => {
  line.sandbox.fault({ method: 'POST', path: /\/callback$/, status: 0, late: true });
  expect((await line.dream()).attachments).toHaveLength(1);
});

describe('the final picture fits', () => {
  const SIDE = 1900;
  beforeAll(() => {
    const noise = sequence(SIDE * SIDE * 3, 5, 0, 256);
    line.renderer.result = { width: SIDE, height: SIDE, data: Uint8Array.from(noise) };
  });
  afterAll(() => {
    line.renderer.result = undefined;
  });

  for (const [limit, format] of [
    [500 * 1024, 'jpeg'],
    [8 * 2 ** 20, 'webp'],
    [10 * 2 ** 20, 'webp'],
    [25 * 2 ** 20, 'png'],
  ] as const)
    it(`an upload limit of ${Math.round(limit / 1024)} KiB`, async () => {
      const guild = line.sandbox.addGuild({ name: `Limit ${limit}`, attachmentSizeLimit: limit });
      const made = await begin({ guild: guild.id });
      const { attachments } = await made.until(over, 40_000);
      expect(attachments).toHaveLength(1);
      expect(attachments[0]!.size).toBeLessThanOrEqual(limit);
      expect((await sharp(attachments[0]!.bytes).metadata()).format).toBe(format);
    });
});

it('what a camera wrote into a file is in nothing that is sent', async () => {
  const exif = { IFD0: { Copyright: 'secret-name' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } };
  const bytes = await sharp(line.image.bytes).png().withExif(exif).toBuffer();
  expect(bytes.includes('secret-name')).toBe(true);
  const shown = await line.dream({ options: { image: { name: 'photo.png', bytes } } });
  const pressed = await line.sandbox.component({ message: shown.id, customId: buttonOf(shown, 'original') });
  for (const { attachments } of [shown, await pressed.until(over)]) {
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
