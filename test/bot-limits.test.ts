/** Time limits for jobs, users and guilds. Uses a real discord.js client on the loopback Discord. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sequence } from './fixtures.js';
import {
  buttonOf,
  isFinal,
  startTestBot,
  textOf,
  type Invocation,
  type TestBot,
  type Snapshot,
} from './test-bot.js';

type Call = Parameters<TestBot['sandbox']['command']>[0];

let testBot: TestBot;
let release: () => void = () => undefined;
const holdGate = (gate: 'prepare' | 'render') => {
  testBot.renderer.gates[gate] = new Promise((resolve) => {
    release = resolve;
  });
};
const requestDream = (call: Partial<Call> = {}): Promise<Invocation> =>
  testBot.sandbox.command({ name: 'dream', ...call, options: { image: testBot.image, ...call.options } });
const run = async (call: Call): Promise<Snapshot> => (await testBot.sandbox.command(call)).until(isFinal);
const replyText = async (call: Partial<Call>): Promise<string> => {
  const invocation = await requestDream(call);
  return (await invocation.until(({ content }) => content.length > 0)).content;
};

beforeAll(async () => {
  testBot = await startTestBot({ timeLimits: { perJob: 2000, perUser: 3000, perGuild: 4000 } });
  testBot.renderer.costOf = ({ size }) => size * size;
  testBot.renderer.secondsOf = (cost) => (cost * 3) / 4096;
  await testBot.dream({ options: { image: testBot.image, size: 64 } });
});
afterAll(() => testBot.stop());
afterEach(() => {
  release();
});

describe('a request that would take too long is refused immediately', () => {
  it('with a size that would fit, estimated from past pictures, including those of the previous process', async () => {
    // 2048² · 3/4096 s = 51 min; 1600² takes 1875 s, 1664² would take 2028 s.
    const sentence = /about 51 minutes.*The limit here is 33\. At 1600 pixels, it would fit/;
    expect(await replyText({ options: { size: 2048 } })).toMatch(sentence);
    await testBot.restart();
    expect(await replyText({ options: { size: 2048 } })).toMatch(sentence);
    expect(await replyText({ options: { size: 2048 }, locale: 'de' })).toMatch(/Mit 1600 Pixeln/);
  });

  it('and one that fits gets an expected time, estimated from the same pictures', async () => {
    await testBot.restart();
    holdGate('render');
    const asked: Invocation[] = [];
    const doneAt = async () => {
      const invocation = await requestDream({ options: { size: 640 } });
      asked.push(invocation);
      const { content } = await invocation.until((state) => state.content.length > 0);
      return Number(/expected <t:(\d+):R>/.exec(content)?.[1]);
    };
    const from = Date.now() / 1000;
    const first = await doneAt();
    // 640² · 3/4096 s = 300 s; times are rounded up to whole seconds.
    expect(first).toBeGreaterThanOrEqual(from + 300);
    expect(await doneAt()).toBeGreaterThanOrEqual(first + 299);
    release();
    for (const invocation of asked) await invocation.until(isFinal);
  });

  it('when a user’s or a guild’s time quota is used up', async () => {
    const [one, two, three] = testBot.sandbox.users.map(({ id }) => id);
    holdGate('render');
    const first = await requestDream({ user: one!, options: { size: 1600 } });
    await first.until(({ content }) => content.length > 0);
    expect(await replyText({ user: one!, options: { size: 1600 } })).toMatch(/Your pictures.*about 31 of 50/);
    expect(await replyText({ user: two!, options: { size: 1600 } })).toMatch(/next in the queue/);
    expect(await replyText({ user: three!, options: { size: 1600 } })).toMatch(
      /waiting here.*about 63 of 67/,
    );
    expect(await replyText({ user: three!, options: { size: 64 } })).toMatch(/number 2 in the queue/);
    release();
    await first.until(isFinal);
  });

  it('when the interaction’s token would expire first', async () => {
    const abroad = testBot.sandbox.addGuild({ name: 'Abroad', installed: false });
    expect(await replyText({ guild: abroad.id, options: { size: 1088 } })).toMatch(
      /at most 15 minutes.*about 14/,
    );
    expect((await testBot.dream({ options: { image: testBot.image, size: 1088 } })).attachments).toHaveLength(
      1,
    );
    expect(
      (await testBot.dream({ guild: abroad.id, options: { image: testBot.image } })).attachments,
    ).toHaveLength(1);
  });
});

describe('on a fresh installation without finished pictures', () => {
  let fresh: TestBot;
  beforeAll(async () => {
    fresh = await startTestBot({ speed: 1000, timeLimits: { perJob: 1800, perUser: 1e6, perGuild: 1e6 } });
    fresh.renderer.costOf = ({ size }) => size * size;
  });
  afterAll(() => fresh.stop());
  const asked = (size: number) =>
    fresh.sandbox.command({ name: 'dream', options: { image: fresh.image, size } });

  it('refuses jobs of hours based on the speed measured at startup, with a 25 % tolerance', async () => {
    // Dreams of mini are 0.95 times as fast as the measurement. 4096² at 1.25 · 950 a second: 235 min; 1408² 28 min,
    // 1472² 30.4 min.
    const refused = await (await asked(4096)).until(({ content }) => content.length > 0);
    expect(refused.content).toMatch(/about 235 minutes.*limit here is 30.*At 1408 pixels/);
    expect(fresh.renderer.rendered).toEqual([]);
  });

  it('the first message gives an expected time, and the duration of real runs replaces the measurement', async () => {
    let go: () => void = () => undefined;
    fresh.renderer.gates.render = new Promise((resolve) => {
      go = resolve;
    });
    const expected = async (size: number) => {
      const from = Date.now() / 1000;
      const invocation = await asked(size);
      const { content } = await invocation.until((state) => state.content.length > 0);
      return { invocation, seconds: Number(/<t:(\d+):R>/.exec(content)?.[1]) - from };
    };
    const first = await expected(1024);
    // 1024² at 950 a second is 1104 s; times are rounded up to whole seconds.
    expect(first.seconds).toBeGreaterThanOrEqual(1103);
    expect(first.seconds).toBeLessThan(1500);
    fresh.renderer.secondsOf = (cost) => cost / 10_000;
    go();
    await first.invocation.until(isFinal);
    const second = await expected(4096);
    // 4096² at 10,000 a second is 1678 s.
    expect(second.seconds).toBeGreaterThanOrEqual(1677);
    expect(second.seconds).toBeLessThan(2200);
    await second.invocation.until(isFinal);
  });
});

it('a request that is still being received is listed by /queue and can be cancelled with /cancel', async () => {
  const user = testBot.sandbox.users[1]!.id;
  holdGate('prepare');
  const invocation = await requestDream({ user });
  await invocation.answered();
  await expect.poll(async () => (await run({ name: 'queue', user })).content).toMatch(/receiving a picture/);
  const [choice] = await testBot.sandbox.autocomplete({ name: 'cancel', focused: 'job', user });
  expect(choice?.name).toMatch(/being received/);
  const stranger = { name: 'cancel', user: testBot.sandbox.users[2]!.id, options: { job: choice!.value } };
  expect((await run(stranger)).content).toMatch(/Only the person/);
  const before = testBot.renderer.requests.length;
  expect((await run({ name: 'cancel', user })).content).toMatch(
    /Cancelled: a picture that is being received/,
  );
  expect((await invocation.until(isFinal)).content).toMatch(/cancelled/);
  release();
  expect((await run({ name: 'queue', user })).content).not.toMatch(/receiving a picture/);
  expect(testBot.renderer.requests).toHaveLength(before);
});

it('/show compresses a picture for a guild with a lower upload limit', async () => {
  const noise = Uint8Array.from(sequence(300 * 300 * 3, 5, 0, 256));
  testBot.renderer.result = { width: 300, height: 300, data: noise };
  const result = await testBot.dream();
  testBot.renderer.result = undefined;
  const limit = 100 * 1024;
  expect(result.attachments[0]!.size).toBeGreaterThan(limit);
  const small = testBot.sandbox.addGuild({ name: 'Small', attachmentSizeLimit: limit });
  const job = buttonOf(result, 'remix').split(':')[2]!;
  const shown = await run({ name: 'show', guild: small.id, options: { job } });
  expect(shown.attachments[0]!.size).toBeLessThanOrEqual(limit);
});

it('built-in styles are named in the user’s language', async () => {
  const choices = await testBot.sandbox.autocomplete({ name: 'style', focused: 'preset', locale: 'de' });
  expect(choices.map(({ name }) => name)).toContain('Tuscheschraffur');
  const result = await run({ name: 'style', locale: 'fr', options: { image: testBot.image, preset: 'ink' } });
  expect(textOf(result)).toContain('Hachures');
});

it('a job’s duration is learned once, however many uploads are rejected as too large', async () => {
  const own = await startTestBot({ timeLimits: { perJob: 3600, perUser: Infinity, perGuild: Infinity } });
  const { sandbox, renderer, image } = own;
  renderer.costOf = ({ size }) => (size > 1000 ? 10 : 1);
  renderer.result = { width: 200, height: 200, data: Uint8Array.from(sequence(200 * 200 * 3, 5, 0, 256)) };
  renderer.secondsOf = () => 600;
  await own.dream();
  renderer.secondsOf = () => 1200;
  const path = /\/messages\/@original$/;
  const body = { message: 'Request entity too large', code: 40005 };
  const invocation = await sandbox.command({ name: 'dream', options: { image } });
  await invocation.until(({ components }) => components.length > 0);
  sandbox.fault({ method: 'PATCH', path, status: 413, body, times: 3 });
  await invocation.until(isFinal);
  // An old run counts 0.7 and a new one 0.3: 10 × (0.7 × 600 + 0.3 × 1200) s.
  const large = await sandbox.command({ name: 'dream', options: { image, size: 1024 } });
  const refused = await large.until(({ content }) => content.length > 0);
  expect(refused.content).toMatch(/about 130 minutes/);
  await own.stop();
});
