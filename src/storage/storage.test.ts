import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { job, picture } from '../../test/stored-jobs.js';
import { openStorage, type Storage } from './storage.js';

const log = pino({ level: 'silent' });
const trace = { request: {}, engine: 'tiny', device: 'none', seconds: 2, steps: [] };
const result = (...bytes: number[]) => ({
  image: { bytes: Buffer.from(bytes), format: 'png' as const, width: 8, height: 8 },
  trace,
});

describe('storage', () => {
  let folder: string;
  let store: Storage;
  const pictures = () =>
    readdirSync(path.join(folder, 'pictures'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  const reopen = () => {
    store.close();
    store = openStorage(folder, log);
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'reverie-store-'));
    store = openStorage(folder, log);
  });
  afterEach(async () => {
    store.close();
    await rm(folder, { recursive: true });
  });

  it('restores a job with its pictures after a restart', async () => {
    const message = { guildId: 'atelier', channelId: 'gallery', messageId: 'm1' };
    await store.create(job('a', { parent: 'p' }));
    await store.setMessage('a', message);
    store.recordState('a', 'running');
    await store.saveResult('a', result(9, 9));
    store.recordState('a', 'delivering');
    reopen();
    const { request, ...facts } = job('a', { parent: 'p', message });
    const changedAt = expect.any(Date) as Date;
    const kept = { ...facts, state: 'delivering', attempts: 1, changedAt };
    expect(await store.job('a')).toEqual(kept);
    expect(await store.byMessage('m1')).toEqual(kept);
    expect(store.inState(['running', 'delivering'])).toEqual([kept]);
    expect(await store.request('a')).toEqual(request);
    expect(new Uint8Array((await store.result('a'))!.image.bytes)).toEqual(picture(9, 9));
    expect(store.integrity()).toBe('ok');
  });

  it('knows which jobs were made from a picture without reading one', async () => {
    const texture = { kind: 'style' as const, styles: [{ image: picture(4) }] };
    await store.create(job('texture', { request: texture, fromPicture: false }));
    await store.create(job('seen', { request: { kind: 'visualise', image: picture(5) } }));
    for (const name of pictures()) rmSync(path.join(folder, 'pictures', name.slice(0, 2), name));
    expect(store.newest(2).map(({ id, fromPicture }) => [id, fromPicture])).toEqual([
      ['seen', true],
      ['texture', false],
    ]);
  });

  it('stores equal pictures once and deletes them with the last job that uses them', async () => {
    await store.create(job('a'));
    await store.create(job('b'));
    expect(pictures()).toHaveLength(3);
    await store.remove('a');
    expect(pictures()).toHaveLength(3);
    await store.remove('b');
    expect(pictures()).toHaveLength(0);
    expect(store.bytes()).toBe(0);
  });

  describe('deletes files without a row', () => {
    const failing = (table: string) => {
      const other = new DatabaseSync(path.join(folder, 'reverie.sqlite'));
      other.exec(
        `CREATE TRIGGER full_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'full'); END`,
      );
      other.close();
    };
    const dream = (...bytes: number[]) => ({ request: { kind: 'dream' as const, image: picture(...bytes) } });

    it('when a job is rolled back, except for pictures of another job', async () => {
      await store.create(job('a', dream(1)));
      const before = pictures();
      await expect(store.create(job('a', dream(2)))).rejects.toThrow('UNIQUE');
      await expect(store.create(job('a', dream(1)))).rejects.toThrow('UNIQUE');
      expect(pictures()).toEqual(before);
      expect(await store.request('a')).toEqual(dream(1).request);
    });

    it('when a result or an own style is rolled back', async () => {
      await store.create(job('a', dream(1)));
      const before = pictures();
      failing('results');
      await expect(store.saveResult('a', result(9, 9))).rejects.toThrow('full');
      expect(pictures()).toEqual(before);
      failing('own_styles');
      await expect(
        store.saveOwnStyle('ines', { title: 'mine', image: picture(8), spoiler: false }),
      ).rejects.toThrow('full');
      expect(pictures()).toEqual(before);
    });

    it('that a killed process left, but no files of other programs', async () => {
      await store.create(job('a', dream(1)));
      const [kept] = pictures() as [string];
      const orphan = createHash('sha256').update('orphan').digest('hex');
      const beside = path.join(folder, 'pictures', kept.slice(0, 2));
      mkdirSync(path.join(folder, 'pictures', orphan.slice(0, 2)), { recursive: true });
      writeFileSync(path.join(folder, 'pictures', orphan.slice(0, 2), orphan), 'orphan');
      writeFileSync(path.join(beside, `${kept}.${randomUUID()}`), 'half');
      writeFileSync(path.join(beside, 'notes.txt'), 'mine');
      expect(store.deleteOrphans()).toBe(2);
      expect(pictures().sort()).toEqual([kept, 'notes.txt'].sort());
      expect(await store.request('a')).toEqual(dream(1).request);
    });

    it('unless a broken database was set aside, to which they may belong', async () => {
      await store.create(job('a', dream(1)));
      store.close();
      writeFileSync(path.join(folder, 'reverie.sqlite'), 'broken'.repeat(1000));
      store = openStorage(folder, log);
      expect(store.deleteOrphans()).toBe(0);
      expect(pictures()).toHaveLength(1);
    });
  });

  it('counts one star per member and shows each guild its own gallery', async () => {
    for (const id of ['a', 'b']) {
      await store.create(job(id));
      await store.saveResult(id, result(1));
    }
    await store.create(job('c', { guildId: 'elsewhere' }));
    await store.saveResult('c', result(1));
    expect(await store.star('b', 'ines', true)).toBe(1);
    expect(await store.star('b', 'ines', true)).toBe(1);
    expect(await store.star('b', 'yuki', true)).toBe(2);
    await store.star('a', 'yuki', true);
    await store.star('c', 'yuki', true);
    const shown = (await store.gallery('atelier', 'ines')).map((entry) => [entry.job.id, entry.stars]);
    expect(shown).toEqual([
      ['b', 2],
      ['a', 1],
    ]);
    expect([await store.claimStarboard('a'), await store.claimStarboard('a')]).toEqual([true, false]);
    expect(await store.stats('atelier', 'ines')).toEqual({
      dream: 0,
      style: 2,
      visualise: 0,
      sheet: 0,
      seconds: 4,
    });
    expect(store.history(2).map(({ seconds }) => seconds)).toEqual([2, 2]);
  });

  it('keeps the newest open forms of each member for a day, and shows them to nobody else', async () => {
    const pictures = [{ url: 'https://cdn.example/cat.png', name: 'cat.png', size: 3, spoiler: true }];
    const open = (id: string, userId: string) => store.saveForm({ id, userId, pictures });
    await open('a', 'ines');
    for (let i = 0; i < 30; i++) await open(`other-${i}`, 'yuki');
    expect(await store.form('a', 'ines')).toEqual({ id: 'a', userId: 'ines', pictures });
    expect(await store.form('a', 'yuki')).toBeUndefined();
    expect(await store.form('other-0', 'yuki')).toBeUndefined();
    expect(await store.form('other-29', 'yuki')).toBeDefined();
    expect(await store.exportOf('ines')).toMatchObject({ forms: [{ pictures }] });
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 25 * 3_600_000);
    expect(await store.form('a', 'ines')).toBeUndefined();
    clock.mockRestore();
    await store.deleteOf('ines');
    expect(await store.form('a', 'ines')).toBeUndefined();
  });

  it('deletes everything of one member and nothing of others', async () => {
    await store.create(job('a'));
    await store.create(job('b', { userId: 'yuki' }));
    await store.saveResult('b', result(3));
    await store.star('b', 'ines', true);
    await store.saveOwnStyle('ines', { title: 'mine', image: picture(8), spoiler: true });
    expect(JSON.stringify(await store.exportOf('ines'))).toContain('mine');
    await store.deleteOf('ines');
    expect(await store.exportOf('ines')).toEqual({ jobs: [], stars: [], copies: [], style: null, forms: [] });
    expect(await store.ownStyle('ines')).toBeUndefined();
    expect(await store.hasStarred('b', 'ines')).toBe(false);
    expect((await store.job('b'))?.userId).toBe('yuki');
    // Yuki's content, style and mask, and the result.
    expect(pictures()).toHaveLength(4);
  });

  it('keeps the styles of a guild with their files, and deletes both', async () => {
    const [image, taught] = [picture(4), picture(5)];
    const style = { name: 'Ours', spoiler: true, image, taught };
    await store.saveGuildStyle('atelier', { ...style, image: picture(3) });
    await store.saveGuildStyle('atelier', style);
    await store.saveGuildStyle('atelier', { ...style, name: 'Aurora', spoiler: false });
    await store.saveGuildStyle('elsewhere', { ...style, image: picture(6) });
    store.retain({ maxBytes: 0, maxAgeMs: 0 });
    reopen();
    expect(await store.guildStyles('atelier')).toEqual([
      { name: 'Aurora', spoiler: false },
      { name: 'Ours', spoiler: true },
    ]);
    expect(await store.guildStyleFiles('atelier', 'Ours')).toEqual({ image, taught });
    expect(await store.guildStyleFiles('atelier', 'ours')).toBeUndefined();
    expect(pictures()).toHaveLength(3);
    expect(await store.forgetGuildStyle('atelier', 'Ours')).toBe(true);
    expect(await store.forgetGuildStyle('atelier', 'Ours')).toBe(false);
    expect(pictures()).toHaveLength(3);
    await store.forgetGuildStyles('atelier');
    expect(await store.guildStyles('atelier')).toEqual([]);
    expect(await store.guildStyles('elsewhere')).toHaveLength(1);
    expect(pictures()).toHaveLength(2);
  });

  it('deletes finished jobs to free space, oldest first, but none with a star', async () => {
    for (const id of ['a', 'b', 'c', 'd']) {
      await store.create(
        job(id, { createdAt: new Date(), request: { kind: 'dream', image: Buffer.alloc(100, id) } }),
      );
      if (id !== 'd') store.recordState(id, 'completed');
    }
    await store.star('a', 'yuki', true);
    expect(store.retain({ maxBytes: 300, maxAgeMs: 1e9 })).toBe(1);
    expect(store.newest(10).map(({ id }) => id)).toEqual(['d', 'c', 'a']);
    expect(store.retain({ maxBytes: 0, maxAgeMs: 1e9 })).toBe(1);
    expect(store.newest(10).map(({ id }) => id)).toEqual(['d', 'a']);
  });

  it('does not trust a clock that is set forward, and deletes old jobs despite one from the future', async () => {
    const day = 24 * 3_600_000;
    await store.create(job('future', { createdAt: new Date(Date.now() + 400 * day) }));
    await store.create(job('old', { createdAt: new Date(Date.now() - 100 * day) }));
    await store.create(job('new', { createdAt: new Date() }));
    for (const id of ['future', 'old', 'new']) store.recordState(id, 'completed');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 400 * day });
    const gone = store.retain({ maxBytes: 1e9, maxAgeMs: 90 * day });
    vi.useRealTimers();
    expect(gone).toBe(1);
    expect(store.newest(10).map(({ id }) => id)).toEqual(['new', 'future']);
  });

  it('saves and resets settings', async () => {
    const before = await store.settings('atelier');
    await store.saveSettings('atelier', { ...before, stars: 5 });
    reopen();
    expect((await store.settings('atelier')).stars).toBe(5);
    await store.saveSettings('atelier', undefined);
    expect(await store.settings('atelier')).toEqual(before);
  });

  it('finds a job by its copies too, and lists unwanted messages until they are deleted', async () => {
    const own = { guildId: 'atelier', channelId: 'gallery', messageId: 'own' };
    const direct = { guildId: null, channelId: 'dm', messageId: 'direct', userId: 'yuki' };
    const wall = { guildId: 'atelier', channelId: 'wall', messageId: 'wall', userId: null };
    await store.create(job('a'));
    expect(await store.setMessage('a', own)).toBe(true);
    expect(await store.setMessage('b', own)).toBe(false);
    for (const copy of [direct, wall]) expect(await store.addCopy('a', copy)).toBe(true);
    expect(await store.addCopy('b', direct)).toBe(false);
    for (const id of ['own', 'direct', 'wall']) expect((await store.byMessage(id))?.id).toBe('a');
    expect(await store.copiesOf('a')).toEqual(expect.arrayContaining([direct, wall]));

    const places = (list: readonly { messageId: string }[]) => list.map(({ messageId }) => messageId).sort();
    expect(places(await store.withdraw('a'))).toEqual(['wall']);
    expect((await store.job('a'))?.withdrawn).toBe(true);
    expect(places(await store.discard('a'))).toEqual(['direct', 'own']);
    reopen();
    expect(places(await store.unwantedMessages())).toEqual(['direct', 'own', 'wall']);
    for (const id of ['direct', 'own']) await store.forgetUnwanted(id);
    expect(places(await store.unwantedMessages())).toEqual(['wall']);
    expect(await store.byMessage('direct')).toBeUndefined();
  });

  it('reports a missing or changed picture as gone, and still lists its job', async () => {
    for (const [id, byte] of [
      ['lost', 1],
      ['changed', 2],
      ['whole', 3],
    ] as const)
      await store.create(job(id, { request: { kind: 'dream', image: picture(byte) } }));
    const file = (byte: number) => {
      const hash = createHash('sha256').update(picture(byte)).digest('hex');
      return path.join(folder, 'pictures', hash.slice(0, 2), hash);
    };
    rmSync(file(1));
    writeFileSync(file(2), picture(9));
    expect((await store.unfinished()).map(({ id }) => id)).toEqual(['lost', 'changed', 'whole']);
    for (const id of ['lost', 'changed'])
      await expect(store.request(id)).rejects.toMatchObject({ code: 'nothing-to-show' });
    expect(await store.request('whole')).toEqual({ kind: 'dream', image: picture(3) });
  });

  it('stores all of a job or nothing', async () => {
    await store.create(job('a'));
    await expect(
      store.create(job('a', { request: { kind: 'dream', image: picture(77) } })),
    ).rejects.toThrow();
    expect(store.bytes()).toBe(6);
  });
});
