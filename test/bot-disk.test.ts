/** A bot whose disk is full or read-only, on real file systems, if this process may mount them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { withFileLock } from '../src/weights/file-lock.js';
import { lockDataFolder } from '../src/storage/data-folder.js';
import { openStorage } from '../src/storage/storage.js';
import { isFinal, startTestBot, textOf, type TestBot } from './test-bot.js';

const mounted: string[] = [];

function mount(options: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'reverie-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder], { stdio: 'pipe' });
  mounted.push(folder);
  return folder;
}

function unmountAll(): void {
  for (const folder of mounted.splice(0)) {
    // SQLite closes its file when the statements are garbage-collected.
    execFileSync('umount', ['--lazy', folder]);
    rmdirSync(folder);
  }
}

const canMount = (() => {
  try {
    mount('size=1m');
    unmountAll();
    return true;
  } catch {
    return false;
  }
})();

/** Uses up the remaining space. */
function fill(folder: string): string {
  const file = path.join(folder, 'full');
  for (const size of [2 ** 20, 4096])
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch (thrown) {
      expect((thrown as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  return file;
}

let testBot: TestBot | undefined;
afterEach(async () => {
  await testBot?.stop();
  testBot = undefined;
  unmountAll();
});

it.skipIf(!canMount)(
  'a full disk: running jobs are delivered, new ones are refused with a reason, nothing is lost (skipped without the right to mount)',
  async () => {
    const folder = mount('size=4m');
    testBot = await startTestBot({ folder, stepMs: 150 });
    const { sandbox, image } = testBot;
    const kept = await testBot.dream();
    const renders = await sandbox.command({ name: 'dream', options: { image } });
    await renders.until(({ components }) => components.length > 0);

    const filler = fill(folder);
    const other = { name: 'other.png', bytes: Buffer.concat([image.bytes, Buffer.alloc(100_000)]) };
    const refused = await testBot.dream({ options: { image: other } });
    expect(textOf(refused)).toContain('my disk is full or read-only');
    expect(testBot.logged.some(({ level, code }) => level >= 50 && code === 'not-kept')).toBe(true);
    expect((await renders.until(isFinal)).attachments).toHaveLength(1);

    rmSync(filler);
    expect((await testBot.dream({ options: { image: other } })).attachments).toHaveLength(1);
    expect(testBot.storage.integrity()).toBe('ok');
    const job = await testBot.storage.byMessage(kept.id);
    expect(await testBot.storage.result(job!.id)).toBeDefined();
  },
);

it.skipIf(!canMount)(
  'a read-only disk is reported at start and when a network is installed (skipped without the right to mount)',
  async () => {
    const folder = mount('size=1m,ro');
    expect(() => lockDataFolder(folder)).toThrow('The data folder is not writable');
    expect(() => openStorage(folder, pino({ level: 'silent' }))).toThrow('The data folder is not writable');
    const kept = withFileLock(path.join(folder, 'vgg19.safetensors'), () => Promise.resolve());
    await expect(kept).rejects.toThrow(/^The folder is not writable\. Networks are stored in MODELS_DIR/);
  },
);
