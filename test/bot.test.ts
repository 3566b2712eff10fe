/** End to end: loopback Discord, a real discord.js client, the queue, the pipeline in its worker thread. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBot, type Bot } from '../src/bot/bot.js';
import { JobQueue } from '../src/jobs/queue.js';
import type { Renderer, Trace } from '../src/pipeline/renderer.js';
import { createThreadedRenderer } from '../src/pipeline/runtime/worker-thread.js';
import { createPresets } from '../src/styles/presets.js';
import { openStorage } from '../src/storage/storage.js';
import { startSandbox, type Invocation, type Sandbox, type Snapshot } from '../src/sandbox/index.js';
import { noisePng } from './fixtures.js';
import { TinyRenderer } from './tiny-renderer.js';

const logged: Readonly<Record<string, unknown>>[] = [];
const log = pino(
  { level: 'info' },
  { write: (line: string) => void logged.push(JSON.parse(line) as (typeof logged)[number]) },
);

async function start(renderer: Renderer): Promise<{ sandbox: Sandbox; bot: Bot; stop: () => Promise<void> }> {
  const sandbox = await startSandbox();
  const queue = new JobQueue({ renderer, log, maxPerLane: 20, maxPerUser: 20 });
  const bot = await startBot({
    token: sandbox.token,
    api: sandbox.api,
    progressIntervalMs: 50,
    renderer,
    presets: createPresets(),
    queue,
    repository: openStorage(await mkdtemp(path.join(tmpdir(), 'reverie-')), log),
    log,
  });
  await sandbox.untilCommands();
  const stop = async (): Promise<void> => {
    await queue.drain();
    await bot.stop();
    await sandbox.close();
    await renderer.close();
  };
  return { sandbox, bot, stop };
}

const hasCancelButton = (components: unknown[]): boolean => JSON.stringify(components).includes('v1:cancel:');

/** No cancel button is left and the placeholder is gone. */
const isFinal = ({ components, content, embeds, attachments }: Snapshot): boolean =>
  !hasCancelButton(components) && (content.length > 0 || embeds.length > 0 || attachments.length > 0);

const framesOf = (invocation: Invocation): Set<string> =>
  new Set(
    invocation.history
      .filter(({ components }) => hasCancelButton(components))
      .flatMap(({ attachments }) => attachments.map(({ bytes }) => Buffer.from(bytes).toString('base64'))),
  );

describe('with the real pipeline', () => {
  let testBot: Awaited<ReturnType<typeof start>>;
  const traces: Trace[] = [];
  beforeAll(async () => {
    const renderer = createThreadedRenderer();
    const render: Renderer['render'] = async (...asked) => {
      const result = await renderer.render(...asked);
      traces.push(result.trace);
      return result;
    };
    testBot = await start({ ...renderer, render });
  });
  afterAll(() => testBot.stop());

  const file = async (name: string, width: number, height: number, seed: number) => ({
    name,
    bytes: await noisePng(width, height, seed),
  });

  for (const [name, options] of [
    ['style', { size: 96, network: 'mini' }],
    ['dream', { size: 128, network: 'mini' }],
  ] as const)
    it(`/${name} is deferred, shows progress and ends with a PNG of the requested size`, async () => {
      const image = await file('a.png', 120, 90, 1);
      const style = await file('b.png', 64, 64, 2);
      const invocation = await testBot.sandbox.command({
        name,
        options: name === 'style' ? { image, style, ...options } : { image, ...options },
      });
      const last = await invocation.until(isFinal, 50_000);
      expect(invocation.answerType).toBe(5);
      expect(invocation.answeredAfterMs).toBeLessThan(3000);
      expect(framesOf(invocation).size).toBeGreaterThanOrEqual(3);
      expect(last.embeds).toMatchObject([{ footer: { text: 'ONNX Runtime, CPU' } }]);
      const { format, width, height } = await sharp(last.attachments[0]!.bytes).metadata();
      expect({ format, width, height }).toEqual({
        format: 'png',
        width: options.size,
        height: options.size * 0.75,
      });
      const { steps } = traces.at(-1)!;
      const [first, final] = [steps[0]!, steps.at(-1)!].map(({ losses }) => losses.total!);
      // A style descends its loss, a dream climbs its objective.
      expect(name === 'style' ? first! - final! : final! - first!).toBeGreaterThan(0);
    });

  it('/style without a style shows a sheet growing, from which a picture is painted', async () => {
    const options = { image: await file('a.png', 120, 90, 1), size: 96, quality: 'instant' };
    const invocation = await testBot.sandbox.command({ name: 'style', options });
    const sheet = await invocation.until(isFinal, 100_000);
    expect(invocation.history.map(({ content }) => content).join('\n')).toMatch(/picture \d\/8/);
    const { width, height } = await sharp(sheet.attachments[0]!.bytes).metadata();
    // Three columns of 256 × 192 with gaps, and the numbers below each.
    expect({ width, height }).toEqual({ width: 784, height: 700 });
    const customId = /v1:choose:[^"]+/.exec(JSON.stringify(sheet.components))![0];
    const chosen = await testBot.sandbox.component({ message: sheet.id, customId, values: ['7'] });
    const painted = await chosen.until(isFinal, 50_000);
    expect(await sharp(painted.attachments[0]!.bytes).metadata()).toMatchObject({ width: 96, height: 72 });
    expect(JSON.stringify(painted.embeds)).toContain('Geometric abstraction');
  }, 120_000);

  it('/style shows an instant sketch before its first step', async () => {
    const [image, style] = [await file('a.png', 120, 90, 1), await file('b.png', 64, 64, 2)];
    const invocation = await testBot.sandbox.command({ name: 'style', options: { image, style, size: 96 } });
    await invocation.until(isFinal, 50_000);
    expect(invocation.history.map(({ content }) => content).join('\n')).toMatch(
      /first sketch, \d+ steps to go/,
    );
  });

  it('an instant /style has neither steps nor losses, and says that it is one', async () => {
    const [image, style] = [await file('a.png', 120, 90, 1), await file('b.png', 64, 64, 2)];
    const options = { image, style, size: 96, quality: 'instant' };
    const invocation = await testBot.sandbox.command({ name: 'style', options });
    const last = await invocation.until(isFinal, 50_000);
    const { width, height } = await sharp(last.attachments[0]!.bytes).metadata();
    expect({ width, height }).toEqual({ width: 96, height: 72 });
    const text = JSON.stringify([last.embeds, last.components]);
    expect(text).toContain('"name":"Quality","value":"instant (a second)"');
    expect(text).toContain('"name":"Network","value":"swift"');
    expect(text).not.toMatch(/"name":"(Steps|Loss)"|v1:(losses|growth):/);
  });

  it('an instant /style with a network is refused', async () => {
    const [image, style] = [await file('a.png', 120, 90, 1), await file('b.png', 64, 64, 2)];
    const options = { image, style, network: 'mini', quality: 'instant' };
    const { content } = await (await testBot.sandbox.command({ name: 'style', options })).until(isFinal);
    expect(content).toContain('An instant picture is painted in one pass, without a choice of network.');
  });

  it('/about names the engine and the device in plain terms', async () => {
    const { content } = await (await testBot.sandbox.command({ name: 'about' })).until(isFinal);
    expect(content).toContain('Engine: ONNX Runtime, CPU\n');
  });

  it('says which networks are available and who can install another; the log says how', async () => {
    const image = await file('a.png', 64, 64, 4);
    const asked = [
      { name: 'style', options: { image, preset: 'mosaic', network: 'vgg19' } },
      { name: 'dream', options: { image, network: 'googlenet' } },
      { name: 'visualise', options: { network: 'inception_v3' } },
    ];
    for (const { name, options } of asked) {
      const { content } = await (await testBot.sandbox.command({ name, options })).until(isFinal);
      expect(content).toContain(`The network ${options.network} isn’t installed here. Available: mini.`);
      expect(content).toContain('ask the bot’s owner');
      expect(content).not.toMatch(/reverie|MODELS_PULL/);
      expect(logged.at(-1)).toMatchObject({
        code: 'network-missing',
        cause: expect.stringContaining(`reverie models pull ${options.network}`) as string,
      });
    }
    const german = await testBot.sandbox.command({ ...asked[1]!, locale: 'de' });
    expect((await german.until(isFinal)).content).toMatch(/Verfügbar: mini.*die mich betreibt/);
    const offered = await testBot.sandbox.autocomplete({ name: 'dream', focused: 'network', options: {} });
    expect(offered.map(({ value }) => value)).toEqual(['mini']);
  });

  it('answers bad input with one sentence and keeps working', async () => {
    const good = await noisePng(64, 64, 3);
    const header = Buffer.from(good);
    header.writeUInt32BE(20_000, 16);
    header.writeUInt32BE(10_000, 20);
    const jpeg = await sharp(good).resize(400, 400).jpeg().toBuffer();
    const cases = [
      { options: { image: { name: 'a.png', bytes: Buffer.from('#!/bin/sh') } }, says: /couldn’t read/ },
      { options: { image: { name: 'bomb.png', bytes: header } }, says: /megapixels|damaged|couldn’t read/ },
      {
        options: { image: { name: 'cut.jpg', bytes: jpeg.subarray(0, 600) } },
        says: /damaged|couldn’t read/,
      },
      { options: { image: { name: 'a.png', bytes: good }, layer: 'nonsense' }, says: /no layer/ },
    ];
    for (const { options, says } of cases) {
      const invocation = await testBot.sandbox.command({ name: 'dream', options: { size: 64, ...options } });
      const last = await invocation.until(isFinal, 20_000);
      expect(`${last.content} ${JSON.stringify(last.embeds)}`).toMatch(says);
      expect(last.attachments).toEqual([]);
    }
  });
});

it('guilds take turns when A queues five jobs, then B and C one each', async () => {
  const renderer = new TinyRenderer({ stepMs: 400 });
  const { sandbox, stop } = await start(renderer);
  const image = { name: 'a.png', bytes: await noisePng(32, 32) };
  const [a, b, c] = sandbox.guilds.map(({ id }) => id);
  const ask = async (guild: string, seed: number): Promise<Invocation> => {
    const invocation = await sandbox.command({ name: 'dream', guild, options: { image, seed } });
    await invocation.until(({ components, content }) => components.length > 0 || content.length > 0, 10_000);
    return invocation;
  };
  const asked = [];
  for (const [guild, seed] of [
    [a!, 1],
    [a!, 2],
    [a!, 3],
    [a!, 4],
    [a!, 5],
    [b!, 6],
    [c!, 7],
  ] as const)
    asked.push(await ask(guild, seed));
  await Promise.all(asked.map((invocation) => invocation.until(isFinal, 20_000)));
  expect(renderer.rendered).toEqual([1, 6, 7, 2, 3, 4, 5]);
  await stop();
});
