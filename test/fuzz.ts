/** A run of hostile files through one parser, in a process that may hang or die without harm. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Told } from './fuzz-process.js';
import type { Format } from './mutations.js';

export interface FuzzReport {
  /** How many were read, and how many refused for each reason. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Those that ended in no sentence of ours, or in a file that is not sound. */
  readonly unclear: readonly Told[];
  /** The file at which the process hung or died. */
  readonly lost: number | undefined;
  readonly slowestSeconds: number;
  readonly peakBytes: number;
}

/** The processor's time is what counts; this much of the clock is a hang on the busiest machine. */
const HANG_MS = 30_000;

export function fuzz(format: Format, count: number, first = 0): Promise<FuzzReport> {
  const child = fork(fileURLToPath(new URL('fuzz-process-from-source.mjs', import.meta.url)), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const told: Told[] = [];
  return new Promise((resolve) => {
    const watch = setTimeout(() => child.kill('SIGKILL'), HANG_MS);
    child.on('message', (message: Told) => {
      told.push(message);
      watch.refresh();
    });
    child.once('close', () => {
      clearTimeout(watch);
      const outcomes = new Map<string, number>();
      for (const { outcome } of told) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      resolve({
        outcomes,
        unclear: told.filter(({ clear }) => !clear),
        lost: told.length < count ? first + told.length : undefined,
        slowestSeconds: Math.max(...told.map(({ cpuSeconds }) => cpuSeconds)),
        peakBytes: Math.max(...told.map(({ peakBytes }) => peakBytes)),
      });
    });
    child.send({ format, first, count });
  });
}
