import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { lockDataFolder } from './data-folder.js';

it('locks a folder until it is released, and then names no holder', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'reverie-lock-'));
  const lock = lockDataFolder(folder);
  expect(() => lockDataFolder(folder)).toThrow(`in use by process ${process.pid} on`);
  // The refused attempt must not have released the lock.
  expect(() => lockDataFolder(folder)).toThrow('in use');
  lock.release();
  expect(readdirSync(folder)).toEqual(['reverie.lock']);
  lockDataFolder(folder).release();
  rmSync(folder, { recursive: true });
});
