/** The bot in a process of its own, as chaos, load and soak use it. */
import { fork, type ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import type { Sandbox } from '../src/sandbox/index.js';

/** How it looks inside: heap and buffers outside it in megabytes, timers and handles that keep it awake, guilds and jobs that hold a slot. */
export interface Inside {
  readonly heap: number;
  readonly external: number;
  readonly resources: number;
  readonly slots: number;
}

/** What the bot says to whoever bore it. */
export type Word = { ready: true } | { inside: Inside };

export function bear({ api, token }: Sandbox, folder: string, stepMs = 30): ChildProcess {
  return fork(new URL('./chaos-bot.ts', import.meta.url), [api, token, folder, String(stepMs)], {
    execArgv: ['--import', 'tsx'],
  });
}

/** The next word of a kind. Rejects when the bot ends before it says it. */
export function hear<K extends string>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<Word, Record<K, unknown>>> {
  return new Promise((resolve, reject) => {
    const forget = (): void => {
      child.off('message', listen);
      child.off('exit', ended);
    };
    const listen = (word: Word): void => {
      if (!(kind in word)) return;
      forget();
      resolve(word as Extract<Word, Record<K, unknown>>);
    };
    const ended = (): void => {
      forget();
      reject(new Error('the bot ended by itself'));
    };
    child.on('message', listen);
    child.on('exit', ended);
  });
}

export async function lookInside(child: ChildProcess): Promise<Inside> {
  const told = hear(child, 'inside');
  child.send('look');
  return (await told).inside;
}

/** Resident megabytes of a process, as Linux tells them. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/** Open files and sockets of a process. */
export async function openHandles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** What a process took of the processor so far, at Linux' hundred ticks a second. */
export async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
