/**
 * Takes README's screenshots: a real bot on the sandbox's page, driven by Chromium as a person would.
 * `MODELS_DIR=… npm run screenshots` with the networks that are there, the bundled one otherwise;
 * `npm run screenshots -- NAME…` takes some. The machine needs a font with coloured emoji.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { chromium, type Locator, type Page } from 'playwright-core';
import sharp from 'sharp';
import { startBot } from '../../src/bot/bot.js';
import { JobQueue } from '../../src/jobs/queue.js';
import { createThreadedRenderer } from '../../src/pipeline/runtime/worker-thread.js';
import { createPresets } from '../../src/styles/presets.js';
import { drawScene, SCENE_NAMES } from '../../src/styles/scenes/index.js';
import { startSandbox } from '../../src/sandbox/index.js';
import { openStorage } from '../../src/storage/storage.js';

const HERE = import.meta.dirname;
const PATIENCE_MS = 15 * 60_000;
const SIZE = '320';

async function openBot() {
  const log = pino({ level: 'warn' });
  const repository = openStorage(mkdtempSync(path.join(tmpdir(), 'reverie-screenshots-')), log);
  const renderer = createThreadedRenderer({ modelsDir: process.env.MODELS_DIR ?? './data/models' });
  const queue = new JobQueue({ renderer, log, journal: repository });
  const sandbox = await startSandbox({
    samples: SCENE_NAMES.map((name) => ({ name: `${name}.png`, title: name, bytes: () => drawScene(name) })),
  });
  const { token, api } = sandbox;
  const bot = await startBot({ token, api, renderer, presets: createPresets(), queue, repository, log });
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

/** Sends a command and waits for its finished message. */
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
  return finished(page, known);
}

async function finished(page: Page, place: number): Promise<Locator> {
  const message = page.locator('article').nth(place);
  await message.getByRole('button', { name: 'Remix' }).waitFor({ timeout: PATIENCE_MS });
  await message.scrollIntoViewIfNeeded();
  return message;
}

/** Each starts from an empty page; a remix is another layer of the dream. */
const SHOTS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  async style(page) {
    const options = { preset: 'starry', quality: 'draft', size: SIZE, seed: '1' };
    await save(await send(page, 'style', options, 'landscape'), 'style');
  },
  async dream(page) {
    const message = await send(page, 'dream', { size: '448', seed: '2' }, 'landscape');
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
    await save(await send(page, 'visualise', { count: '9', size: '128', seed: '3' }), 'visualise');
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
