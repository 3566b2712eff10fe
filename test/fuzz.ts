/** Feeds hostile files to one parser of weights, in a subprocess that may hang or crash. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FuzzResult, FuzzTask } from './fuzz-process.js';
import type { Format } from './mutations.js';

export interface FuzzReport {
  /** How many files were read, and how many were refused for each reason. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Files that were refused without a message of ours, or read into an invalid file. */
  readonly unclear: readonly FuzzResult[];
  /** The number of the file at which the process hung or crashed. */
  readonly lost: number | undefined;
  /** CPU time of the slowest file. */
  readonly slowestSeconds: number;
  readonly peakBytes: number;
}

/** No file takes this long, however busy the machine is. */
const HANG_MS = 30_000;

export function fuzz(format: Format, count: number, first = 0): Promise<FuzzReport> {
  const child = fork(fileURLToPath(new URL('fuzz-process-from-source.mjs', import.meta.url)), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const results: FuzzResult[] = [];
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), HANG_MS);
    child.on('message', (result: FuzzResult) => {
      results.push(result);
      timer.refresh();
    });
    child.once('close', () => {
      clearTimeout(timer);
      const outcomes = new Map<string, number>();
      for (const { outcome } of results) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      resolve({
        outcomes,
        unclear: results.filter(({ clear }) => !clear),
        lost: results.length < count ? first + results.length : undefined,
        slowestSeconds: Math.max(...results.map(({ cpuSeconds }) => cpuSeconds)),
        peakBytes: Math.max(...results.map(({ peakBytes }) => peakBytes)),
      });
    });
    const task: FuzzTask = { format, first, count };
    child.send(task);
  });
}
