/** The lock on the data folder: one bot at a time uses it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { z } from 'zod';
import { ReverieError } from '../errors.js';

const LOCK_FILE = 'reverie.lock';
const HOLDER_FILE = 'reverie.lock.json';
const SQLITE_BUSY = 5;

const holderSchema = z.object({ pid: z.number(), host: z.string(), since: z.string() });

export interface FolderLock {
  release(): void;
}

/** Keeps a reference to each lock: a connection that is garbage-collected loses its lock. */
const held = new Set<DatabaseSyncInstance>();

/**
 * Locks the folder for this process. The lock is an operating system lock on a SQLite file and ends with the process in
 * any case: a bot that restarts right after a crash neither waits nor finds a stale lock.
 * @throws ReverieError `invalid-configuration` when another process holds the lock, or the folder cannot be written
 */
export function lockDataFolder(folder: string): FolderLock {
  const holderFile = path.join(folder, HOLDER_FILE);
  let connection: DatabaseSyncInstance | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    connection = new DatabaseSync(path.join(folder, LOCK_FILE), { timeout: 0 });
    // Nothing is ever written to it, so it needs no journal file.
    connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    // In a separate file: other processes cannot read the locked one, and closing it here would release the lock.
    writeFileSync(holderFile, `${JSON.stringify(holder)}\n`);
  } catch (thrown) {
    connection?.close();
    throw (thrown as { sqliteCode?: number }).sqliteCode === SQLITE_BUSY
      ? inUse(holderFile)
      : cannotBeWritten(thrown);
  }
  const locked = connection;
  held.add(locked);
  return {
    release() {
      rmSync(holderFile, { force: true });
      locked.close();
      held.delete(locked);
    },
  };
}

function inUse(holderFile: string): ReverieError {
  return new ReverieError(
    'invalid-configuration',
    `The data folder is in use by ${holderOf(holderFile)}. Stop that process, or set DATA_DIR to another folder.`,
  );
}

function holderOf(file: string): string {
  try {
    const { pid, host, since } = holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return `process ${pid} on ${host}, which started at ${since}`;
  } catch {
    return 'another process';
  }
}

export const cannotBeWritten = (cause: unknown): ReverieError =>
  new ReverieError(
    'invalid-configuration',
    'The data folder is not writable. Set DATA_DIR to a folder that this user can write to and that has free space.',
    { cause },
  );
