/** Starts the bot in its own process and talks to it: for tests that kill it, and for the benches of load. */
import { fork, type ChildProcess } from 'node:child_process';
import type { Sandbox } from '../src/sandbox/index.js';

/**
 * What the process uses: megabytes of heap and of buffers outside it, timers and handles that keep it alive, guilds and jobs
 * that hold a slot.
 */
export interface ProcessUsage {
  readonly heap: number;
  readonly external: number;
  readonly resources: number;
  readonly slots: number;
}

/** A message from the bot's process to the one that started it. */
export type BotMessage = { ready: true } | { usage: ProcessUsage };

export function spawnBot({ api, token }: Sandbox, folder: string, stepMs = 30): ChildProcess {
  return fork(new URL('./bot-program.ts', import.meta.url), [api, token, folder, String(stepMs)], {
    execArgv: ['--import', 'tsx'],
  });
}

/** The next message of a kind. Rejects when the bot exits before it sends one. */
export function waitForMessage<K extends string>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<BotMessage, Record<K, unknown>>> {
  return new Promise((resolve, reject) => {
    const stopListening = (): void => {
      child.off('message', listen);
      child.off('exit', exited);
    };
    const listen = (message: BotMessage): void => {
      if (!(kind in message)) return;
      stopListening();
      resolve(message as Extract<BotMessage, Record<K, unknown>>);
    };
    const exited = (): void => {
      stopListening();
      reject(new Error('the bot exited'));
    };
    child.on('message', listen);
    child.on('exit', exited);
  });
}

export async function processUsage(child: ChildProcess): Promise<ProcessUsage> {
  const answer = waitForMessage(child, 'usage');
  child.send('usage');
  return (await answer).usage;
}
