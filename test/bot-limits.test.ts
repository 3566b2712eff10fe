/** What the machine has no time for, and what people may ask of it. A real discord.js client on the loopback Discord. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sequence } from './fixtures.js';
import { buttonOf, over, startLine, textOf, type Invocation, type Line, type Snapshot } from './bot-line.js';

type Call = Parameters<Line['sandbox']['command']>[0];

let line: Line;
let release: () => void = () => undefined;
const hold = (gate: 'prepare' | 'render') => {
  line.renderer.gates[gate] = new Promise((resolve) => {
    release = resolve;
  });
};
const ask = (call: Partial<Call> = {}): Promise<Invocation> =>
  line.sandbox.command({ name: 'dream', ...call, options: { image: line.image, ...call.options } });
const run = async (call: Call): Promise<Snapshot> => (await line.sandbox.command(call)).until(over);
const said = async (call: Partial<Call>): Promise<string> => {
  const made = await ask(call);
  return (await made.until(({ content }) => content.length > 0)).content;
};

beforeAll(async () => {
  line = await startLine({ timeLimits: { perJob: 2000, perUser: 3000, perGuild: 4000 } });
  line.renderer.costOf = ({ size }) => size * size;
  line.renderer.secondsOf = (cost) => (cost * 3) / 4096;
  await line.dream({ options: { image: line.image, size: 64 } });
});
afterAll(() => line.stop());
afterEach(() => {
  release();
});

describe('what would take too long is refused at once', () => {
  it('with the size that would fit, from what past pictures took, also those of the last process', async () => {
    // 2048² · 3/4096 s = 51 min; 1600² takes 1875 s, 1664² would take 2028 s.
    const sentence = /about 51 minutes.*The limit here is 33\. At 1600 pixels, it would fit/;
    expect(await said({ options: { size: 2048 } })).toMatch(sentence);
    await line.restart();
    expect(await said({ options: { size: 2048 } })).toMatch(sentence);
    expect(await said({ options: { size: 2048 }, locale: 'de' })).toMatch(/Mit 1600 Pixeln/);
  });

  it('and what does not take too long is told when it will be there, by the same past', async () => {
    await line.restart();
    hold('render');
    const asked: Invocation[] = [];
    const doneAt = async () => {
      const made = await ask({ options: { size: 640 } });
      asked.push(made);
      const { content } = await made.until((state) => state.content.length > 0);
      return Number(/expected <t:(\d+):R>/.exec(content)?.[1]);
    };
    const from = Date.now() / 1000;
    const first = await doneAt();
    // 640² · 3/4096 s = 300 s; times are rounded up to whole seconds.
    expect(first).toBeGreaterThanOrEqual(from + 300);
    expect(await doneAt()).toBeGreaterThanOrEqual(first + 299);
    release();
    for (const made of asked) await made.until(over);
  });

  it('where a person has all the time that one may have, or a guild has', async () => {
    const [one, two, three] = line.sandbox.users.map(({ id }) => id);
    hold('render');
    const first = await ask({ user: one!, options: { size: 1600 } });
    await first.until(({ content }) => content.length > 0);
    expect(await said({ user: one!, options: { size: 1600 } })).toMatch(/Your pictures.*about 31 of 50/);
    expect(await said({ user: two!, options: { size: 1600 } })).toMatch(/next in the queue/);
    expect(await said({ user: three!, options: { size: 1600 } })).toMatch(/waiting here.*about 63 of 67/);
    expect(await said({ user: three!, options: { size: 64 } })).toMatch(/number 2 in the queue/);
    release();
    await first.until(over);
  });

  it('where the answer’s token would end before', async () => {
    const abroad = line.sandbox.addGuild({ name: 'Abroad', installed: false });
    expect(await said({ guild: abroad.id, options: { size: 1088 } })).toMatch(/at most 15 minutes.*about 14/);
    expect((await line.dream({ options: { image: line.image, size: 1088 } })).attachments).toHaveLength(1);
    expect((await line.dream({ guild: abroad.id, options: { image: line.image } })).attachments).toHaveLength(
      1,
    );
  });
});

describe('on a fresh installation, where no picture was ever finished', () => {
  let fresh: Line;
  beforeAll(async () => {
    fresh = await startLine({ speed: 1000, timeLimits: { perJob: 1800, perUser: 1e6, perGuild: 1e6 } });
    fresh.renderer.costOf = ({ size }) => size * size;
  });
  afterAll(() => fresh.stop());
  const asked = (size: number) =>
    fresh.sandbox.command({ name: 'dream', options: { image: fresh.image, size } });

  it('what would take hours is refused by the measurement at start, a quarter of which may be wrong', async () => {
    // Dreams of mini are 0.95 times as fast as the measurement. 4096² at 1.25 · 950 a second: 235 min; 1408² 28 min,
    // 1472² 30.4 min.
    const refused = await (await asked(4096)).until(({ content }) => content.length > 0);
    expect(refused.content).toMatch(/about 235 minutes.*limit here is 30.*At 1408 pixels/);
    expect(fresh.renderer.rendered).toEqual([]);
  });

  it('the first message says when the picture is expected, and what real runs took replaces the measurement', async () => {
    let go: () => void = () => undefined;
    fresh.renderer.gates.render = new Promise((resolve) => {
      go = resolve;
    });
    const expected = async (size: number) => {
      const from = Date.now() / 1000;
      const made = await asked(size);
      const { content } = await made.until((state) => state.content.length > 0);
      return { made, seconds: Number(/<t:(\d+):R>/.exec(content)?.[1]) - from };
    };
    const first = await expected(1024);
    // 1024² at 950 a second is 1104 s; times are rounded up to whole seconds.
    expect(first.seconds).toBeGreaterThanOrEqual(1103);
    expect(first.seconds).toBeLessThan(1500);
    fresh.renderer.secondsOf = (cost) => cost / 10_000;
    go();
    await first.made.until(over);
    const second = await expected(4096);
    // 4096² at 10,000 a second is 1678 s.
    expect(second.seconds).toBeGreaterThanOrEqual(1677);
    expect(second.seconds).toBeLessThan(2200);
    await second.made.until(over);
  });
});

it('what is still being received stands in /queue, and /cancel takes it back', async () => {
  const user = line.sandbox.users[1]!.id;
  hold('prepare');
  const made = await ask({ user });
  await made.answered();
  await expect.poll(async () => (await run({ name: 'queue', user })).content).toMatch(/receiving a picture/);
  const [choice] = await line.sandbox.autocomplete({ name: 'cancel', focused: 'job', user });
  expect(choice?.name).toMatch(/being received/);
  const stranger = { name: 'cancel', user: line.sandbox.users[2]!.id, options: { job: choice!.value } };
  expect((await run(stranger)).content).toMatch(/Only the person/);
  const before = line.renderer.requests.length;
  expect((await run({ name: 'cancel', user })).content).toMatch(
    /Cancelled: a picture that is being received/,
  );
  expect((await made.until(over)).content).toMatch(/cancelled/);
  release();
  expect((await run({ name: 'queue', user })).content).not.toMatch(/receiving a picture/);
  expect(line.renderer.requests).toHaveLength(before);
});

it('/show fits a picture to where less may be uploaded than where it was made', async () => {
  const noise = Uint8Array.from(sequence(300 * 300 * 3, 5, 0, 256));
  line.renderer.result = { width: 300, height: 300, data: noise };
  const made = await line.dream();
  line.renderer.result = undefined;
  const limit = 100 * 1024;
  expect(made.attachments[0]!.size).toBeGreaterThan(limit);
  const small = line.sandbox.addGuild({ name: 'Small', attachmentSizeLimit: limit });
  const job = buttonOf(made, 'remix').split(':')[2]!;
  const shown = await run({ name: 'show', guild: small.id, options: { job } });
  expect(shown.attachments[0]!.size).toBeLessThanOrEqual(limit);
});

it('our own styles are named in the language of who asks', async () => {
  const choices = await line.sandbox.autocomplete({ name: 'style', focused: 'preset', locale: 'de' });
  expect(choices.map(({ name }) => name)).toContain('Tuscheschraffur');
  const made = await run({ name: 'style', locale: 'fr', options: { image: line.image, preset: 'ink' } });
  expect(textOf(made)).toContain('Hachures');
});

it('what a picture took is learned once, however often its file is too large', async () => {
  const own = await startLine({ timeLimits: { perJob: 3600, perUser: Infinity, perGuild: Infinity } });
  const { sandbox, renderer, image } = own;
  renderer.costOf = ({ size }) => (size > 1000 ? 10 : 1);
  renderer.result = { width: 200, height: 200, data: Uint8Array.from(sequence(200 * 200 * 3, 5, 0, 256)) };
  renderer.secondsOf = () => 600;
  await own.dream();
  renderer.secondsOf = () => 1200;
  const path = /\/messages\/@original$/;
  const body = { message: 'Request entity too large', code: 40005 };
  const made = await sandbox.command({ name: 'dream', options: { image } });
  await made.until(({ components }) => components.length > 0);
  sandbox.fault({ method: 'PATCH', path, status: 413, body, times: 3 });
  await made.until(over);
  // An old run counts 0.7 and a new one 0.3: 10 × (0.7 × 600 + 0.3 × 1200) s.
  const large = await sandbox.command({ name: 'dream', options: { image, size: 1024 } });
  const refused = await large.until(({ content }) => content.length > 0);
  expect(refused.content).toMatch(/about 130 minutes/);
  await own.stop();
});
