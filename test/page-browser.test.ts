/** The page in a real browser, before a real bot: from the form to the picture. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestBot, type TestBot } from './test-bot.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
const title = CHROMIUM ? 'the page' : 'the page (skipped: no Chromium on this machine)';

describe.skipIf(!CHROMIUM)(title, () => {
  let testBot: TestBot;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    testBot = await startTestBot();
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.setDefaultTimeout(8000);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
    await page.goto(testBot.sandbox.url);
  });
  afterAll(async () => {
    await browser.close();
    await testBot.stop();
  });

  it('sends a command whose message becomes the picture, with buttons that work, at any width', async () => {
    await page.getByText('bot connected', { exact: true }).waitFor();
    await page.getByLabel('Command').selectOption('dream');
    const image = { name: 'in.png', mimeType: 'image/png', buffer: Buffer.from(testBot.image.bytes) };
    await page.locator('[data-option=image]').setInputFiles(image);
    await page.getByText('Options', { exact: true }).click();
    await page.locator('[data-option=seed]').fill('7');
    await page.getByRole('button', { name: 'Send' }).click();
    const message = page.locator('article').first();
    await message.getByRole('button', { name: 'Remix' }).waitFor();
    const picture = message.locator('.embed > img');
    expect(await picture.evaluate((one: { naturalWidth: number }) => one.naturalWidth)).toBe(8);
    expect(await picture.getAttribute('alt')).toBe('A picture turned into a dream');

    await message.getByRole('button', { name: 'Losses' }).click();
    await page.getByText('A chart of the losses, step by step').waitFor();
    await message.getByRole('button', { name: 'Remix' }).click();
    const modal = page.locator('#modal');
    await modal.getByLabel('Seed').fill('8');
    await modal.getByLabel('Longest side').fill('64');
    await modal.getByRole('button', { name: 'Submit' }).click();
    await page.getByText('from Dream').waitFor();
    expect(testBot.renderer.rendered).toEqual([7, 8]);

    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 740 });
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      expect(wide).toBe(width);
      await page.getByRole('button', { name: 'Send' }).click({ trial: true });
    }
    await page.getByLabel('Language').selectOption('de');
    expect(await page.getByLabel('Command').locator('option:checked').innerText()).toBe('/traum');
    await page.getByText('Ein Bild in einen Deep Dream verwandeln').waitFor();
    expect(complaints).toEqual([]);
  });
});
