/**
 * Takes the README's screenshots: a real bot on the sandbox's page, used through Chromium as a member would use it.
 * `MODELS_DIR=… npm run screenshots` uses the networks in that folder, or the bundled one if it has none;
 * `npm run screenshots -- NAME…` takes only the named ones. The machine needs a font with coloured emoji.
 */
import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { chromium, type Locator, type Page } from 'playwright-core';
import sharp from 'sharp';
import { startBot } from '../../src/bot/bot.js';
import { JobQueue } from '../../src/jobs/queue.js';
import { encodeSequence } from '../../src/pipeline/image/sequence.js';
import { createThreadedRenderer } from '../../src/pipeline/runtime/worker-thread.js';
import { createPresets } from '../../src/styles/presets.js';
import { drawScene, SCENE_NAMES } from '../../src/styles/scenes/index.js';
import { startSandbox } from '../../src/sandbox/index.js';
import { openStorage } from '../../src/storage/storage.js';

const HERE = import.meta.dirname;
const PATIENCE_MS = 15 * 60_000;
const SIZE = '320';
const STYLE = { preset: 'starry', size: SIZE, seed: '1' };

/** How often the bot edits a message; more often than by default, for a smoother animation. */
const PROGRESS_INTERVAL_MS = 1500;
/** The most frames of the animation, and how long it shows each of them and the last. */
const FRAMES_MAX = 30;
const FRAME_MS = 300;
const LAST_FRAME_MS = 4000;
/** `--ground` of the page's style sheet. */
const GROUND = '#14131a';

async function openBot() {
  const log = pino({ level: 'warn' });
  const repository = openStorage(mkdtempSync(path.join(tmpdir(), 'reverie-screenshots-')), log);
  const renderer = createThreadedRenderer({ modelsDir: process.env.MODELS_DIR ?? './data/models' });
  const queue = new JobQueue({ renderer, log, journal: repository });
  const sandbox = await startSandbox({
    samples: SCENE_NAMES.map((name) => ({ name: `${name}.png`, title: name, bytes: () => drawScene(name) })),
  });
  const { token, api } = sandbox;
  const bot = await startBot({
    ...{ token, api, renderer, presets: createPresets(), queue, repository, log },
    progressIntervalMs: PROGRESS_INTERVAL_MS,
  });
  return {
    url: sandbox.url,
    async close() {
      await queue.drain();
      await bot.stop();
      await sandbox.close();
      await renderer.close();
      repository.close();
    },
  };
}

async function save(of: Locator, name: string): Promise<void> {
  const shot = await of.screenshot({ animations: 'disabled' });
  await sharp(shot)
    .webp({ quality: 80 })
    .toFile(path.join(HERE, `${name}.webp`));
  process.stdout.write(`${name}.webp\n`);
}

/** Sends a command. Returns where its message will be among those of the page. */
async function send(page: Page, command: string, options: Record<string, string>, sample?: string) {
  const known = await page.locator('article').count();
  await page.getByLabel('Command').selectOption(command);
  await page.locator('.more').evaluate((one: { open: boolean }) => (one.open = true));
  for (const [name, value] of Object.entries(options)) {
    const field = page.locator(`[data-option=${name}]`);
    const isList = await field.evaluate((one: { tagName: string }) => one.tagName === 'SELECT');
    await (isList ? field.selectOption(value) : field.fill(value));
  }
  if (sample) await page.locator('.picture').first().getByTitle(sample).click();
  await page.getByRole('button', { name: 'Send' }).click();
  return known;
}

async function finished(page: Page, place: number): Promise<Locator> {
  const message = page.locator('article').nth(place);
  await message.getByRole('button', { name: 'Remix' }).waitFor({ timeout: PATIENCE_MS });
  await message.scrollIntoViewIfNeeded();
  return message;
}

/** What `watch` needs to know of an element of the page. */
interface MessageBox {
  readonly innerHTML: string;
  querySelectorAll(selector: 'img'): Iterable<{ decode(): Promise<void> }>;
}

/** What a message shows, once its pictures are loaded; nothing if one of them was replaced meanwhile. */
const contentOf = (message: Locator): Promise<string | undefined> =>
  message.evaluate((box: MessageBox) =>
    Promise.all([...box.querySelectorAll('img')].map((image) => image.decode())).then(
      () => box.innerHTML,
      () => undefined,
    ),
  );

/** Screenshots of a message, one after each change, until it is finished. */
async function watch(page: Page, place: number): Promise<Uint8Array[]> {
  const message = page.locator('article').nth(place);
  const shots: Uint8Array[] = [];
  let seen: string | undefined;
  let isFinished = false;
  while (!isFinished) {
    isFinished = await message.getByRole('button', { name: 'Remix' }).isVisible();
    const content = await contentOf(message);
    if (content !== undefined && content !== seen)
      shots.push(await message.screenshot({ animations: 'disabled' }));
    seen = content;
    await page.waitForTimeout(200);
  }
  return shots;
}

/** An animation as large as the largest shot, all of them in its upper left corner. */
async function animate(shots: readonly Uint8Array[], name: string): Promise<void> {
  const count = Math.min(shots.length, FRAMES_MAX);
  const chosen = Array.from(
    { length: count },
    (_, i) => shots[Math.round((i * (shots.length - 1)) / (count - 1))]!,
  );
  const sizes = await Promise.all(chosen.map((shot) => sharp(shot).metadata()));
  const width = Math.max(...sizes.map((size) => size.width));
  const height = Math.max(...sizes.map((size) => size.height));
  const frames = await Promise.all(
    chosen.map((shot) =>
      sharp({ create: { width, height, channels: 3, background: GROUND } })
        .composite([{ input: Buffer.from(shot), left: 0, top: 0 }])
        .removeAlpha()
        .raw()
        .toBuffer(),
    ),
  );
  const delays = frames.map((_, i) => (i === count - 1 ? LAST_FRAME_MS : FRAME_MS));
  const animation = { frames: frames.map((data) => ({ width, height, data })), delays, loop: 0 };
  const bytes = await encodeSequence(animation, { width, height, format: 'webp', quality: 'fine' });
  await writeFile(path.join(HERE, `${name}.webp`), bytes);
  process.stdout.write(`${name}.webp: ${count} of ${shots.length} frames, ${bytes.byteLength} bytes\n`);
}

/** Each starts from an empty page; a remix is another layer of the dream. */
const SHOTS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  async style(page) {
    const place = await send(page, 'style', STYLE, 'landscape');
    await animate(await watch(page, place), 'growing');
    await save(await finished(page, place), 'style');
  },
  async sheet(page) {
    const place = await send(page, 'style', { size: SIZE, seed: '1' }, 'portrait');
    const message = page.locator('article').nth(place);
    await message.getByRole('combobox').waitFor({ timeout: PATIENCE_MS });
    await save(message, 'sheet');
  },
  async dream(page) {
    const message = await finished(page, await send(page, 'dream', { size: '448', seed: '2' }, 'landscape'));
    await save(message, 'dream');
    await message.getByRole('button', { name: 'Remix' }).click();
    const modal = page.locator('#modal');
    const layer = modal.getByLabel('Layer');
    if ((await layer.inputValue()).startsWith('inception')) await layer.fill('inception_4d/output');
    await modal.getByLabel('Strength').fill('2');
    await save(modal, 'modal');
    const known = await page.locator('article').count();
    await modal.getByRole('button', { name: 'Submit' }).click();
    await save(await finished(page, known), 'remix');
  },
  async visualise(page) {
    const place = await send(page, 'visualise', { count: '9', size: '128', seed: '3' });
    await save(await finished(page, place), 'visualise');
  },
};

const named = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const [name, take] of Object.entries(SHOTS)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const bot = await openBot();
  // High enough for a whole message above the form.
  const page = await browser.newPage({ viewport: { width: 900, height: 2200 } });
  await page.goto(bot.url);
  await page.getByText('bot connected', { exact: true }).waitFor();
  await take(page);
  await page.close();
  await bot.close();
}
await browser.close();
