/** The database file: opened, migrated, refused, set aside and exported. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { job } from '../../test/stored-jobs.js';
import { openExistingStorage, openStorage, type Storage } from './storage.js';

const log = pino({ level: 'silent' });

describe('a database', () => {
  let folder: string;
  let store: Storage;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'reverie-database-'));
    store = openStorage(folder, log);
  });
  afterEach(async () => {
    store.close();
    await rm(folder, { recursive: true });
  });

  it('that is broken is set aside, and an empty one is started', async () => {
    await store.create(job('a'));
    store.close();
    const file = path.join(folder, 'reverie.sqlite');
    const bytes = readFileSync(file);
    bytes.fill(0x5a, 4096, 24_576);
    writeFileSync(file, bytes);
    store = openStorage(folder, log);
    expect(await store.job('a')).toBeUndefined();
    expect(store.integrity()).toBe('ok');
    expect(readdirSync(folder).some((name) => name.includes('.broken-'))).toBe(true);
  });

  it('of the first version is migrated', async () => {
    store.close();
    const old = path.join(folder, 'old');
    mkdirSync(old);
    const fixture = new URL('../../test/fixtures/version-1.sqlite', import.meta.url);
    copyFileSync(fixture, path.join(old, 'reverie.sqlite'));
    store = openStorage(old, log);
    const [waiting, finished] = store.newest(10);
    expect([finished?.state, waiting?.state, waiting?.parent]).toEqual(['completed', 'queued', 'finished']);
    expect((await store.byMessage('300000000000000001'))?.id).toBe('finished');
    expect((await store.gallery('100000000000000001', '')).map(({ stars }) => stars)).toEqual([1]);
    // A stored `false` was the first version's default; nobody can tell whether it was chosen.
    expect(await store.settings('100000000000000001')).toMatchObject({ stars: 5, stopDeleted: true });
    expect(await store.settings('100000000000000009')).toMatchObject({ spoilers: true, stopDeleted: true });
    const copy = { guildId: null, channelId: 'dm', messageId: 'copy', userId: 'yuki' };
    expect(await store.addCopy('finished', copy)).toBe(true);
    expect(store.integrity()).toBe('ok');
  });

  it('of a newer version is refused by that name and left unchanged', async () => {
    await store.create(job('a'));
    store.close();
    const file = path.join(folder, 'reverie.sqlite');
    const version = (change = '') => {
      const database = new DatabaseSync(file);
      database.exec(change);
      const found = database.prepare('PRAGMA user_version').get() as { user_version: number };
      database.close();
      return found.user_version;
    };
    const current = version();
    version(`PRAGMA user_version = ${current + 1}`);
    expect(() => openStorage(folder, log)).toThrow(/^The database .* newer version of Reverie\./);
    version(`PRAGMA user_version = ${current}`);
    store = openStorage(folder, log);
    expect(await store.job('a')).toBeDefined();
  });

  it('is never created, repaired or migrated when it is opened beside a running bot', async () => {
    await store.create(job('a'));
    const beside = openExistingStorage(folder, log);
    expect(await beside.job('a')).toEqual(await store.job('a'));
    beside.close();

    const empty = path.join(folder, 'empty');
    mkdirSync(empty);
    expect(() => openExistingStorage(empty, log)).toThrow('There is no database yet.');
    expect(readdirSync(empty)).toEqual([]);

    writeFileSync(path.join(empty, 'reverie.sqlite'), 'broken'.repeat(1000));
    expect(() => openExistingStorage(empty, log)).toThrow('not a database');
    expect(readdirSync(empty)).toEqual(['reverie.sqlite']);

    const old = path.join(folder, 'old');
    mkdirSync(old);
    const database = new DatabaseSync(path.join(old, 'reverie.sqlite'));
    database.exec('PRAGMA user_version = 1');
    database.close();
    expect(() => openExistingStorage(old, log)).toThrow('older version of Reverie');
  });

  it('is refused in a folder that is not writable', () => {
    const blocked = path.join(folder, 'file');
    writeFileSync(blocked, '');
    expect(() => openStorage(blocked, log)).toThrow('is not writable');
  });

  it('is exported while it is in use', async () => {
    await store.create(job('a'));
    const copy = path.join(folder, 'copy');
    await store.exportTo(copy);
    const opened = openStorage(copy, log);
    expect(await opened.job('a')).toEqual(await store.job('a'));
    expect(await opened.request('a')).toEqual(await store.request('a'));
    opened.close();
    await expect(store.exportTo(copy)).rejects.toThrow('not empty');
  });

  it('is exported completely while jobs are deleted', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `job ${i}`);
    for (const [i, id] of ids.entries())
      await store.create(job(id, { request: { kind: 'dream', image: new Uint8Array(50_000).fill(i) } }));
    const copy = path.join(folder, 'copy');
    const removed = async () => {
      for (const id of ids) {
        await store.remove(id);
        await new Promise(setImmediate);
      }
    };
    await Promise.all([store.exportTo(copy), removed()]);
    const opened = openStorage(copy, log);
    for (const { id } of opened.newest(100)) expect((await opened.request(id)).kind).toBe('dream');
    opened.close();
  });
});
