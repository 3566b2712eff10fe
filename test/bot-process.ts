/** Starts the bot in its own process and exchanges messages with it, for tests that kill it and for load benches. */
import { fork, type ChildProcess } from 'node:child_process';
import type { Sandbox } from '../src/sandbox/index.js';

/**
 * The resources of the process: megabytes of heap and of external buffers, timers and handles that keep it alive, and the
 * guilds and jobs in the queue.
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
