/** Turns an original weight file into a native one, in a thread with limits on time and memory. */
import { rm } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { ReverieError } from '../errors.js';
import type { Shapes } from './manifest.js';

export interface Conversion {
  readonly name: string;
  readonly from: string;
  /** Must not exist yet. */
  readonly to: string;
  readonly shapes: Shapes;
}

export interface ConversionLimits {
  readonly seconds?: number;
  /** What the whole process may grow by. */
  readonly bytes?: number;
}

const WATCH_MS = 100;

/**
 * Leaves a whole, synced file at `to`, or nothing.
 * @throws ReverieError `network-broken` saying what is wrong with the file
 */
export async function convert(
  conversion: Conversion,
  { seconds = 60, bytes = 900 * 2 ** 20 }: ConversionLimits = {},
): Promise<void> {
  const file = import.meta.url.endsWith('.ts') ? './convert-worker-from-source.mjs' : './convert-worker.js';
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: conversion,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 512 },
    // What libhdf5 has to say of a damaged file goes nowhere: the reason is told in our own words.
    stderr: true,
    stdout: true,
  });
  const before = process.memoryUsage.rss();
  let watch: NodeJS.Timeout | undefined;
  let limit: NodeJS.Timeout | undefined;
  const reason = await new Promise<string | undefined>((resolve) => {
    watch = setInterval(() => {
      if (process.memoryUsage.rss() - before > bytes) resolve('it asks for too much memory');
    }, WATCH_MS);
    limit = setTimeout(() => {
      resolve(`it could not be read within ${seconds} s`);
    }, seconds * 1000);
    worker.once('message', (message: { reason?: string }) => {
      resolve(message.reason);
    });
    worker.once('error', (error) => {
      resolve(error instanceof Error ? error.message : String(error));
    });
    worker.once('exit', () => {
      resolve('its reader stopped');
    });
  });
  clearInterval(watch);
  clearTimeout(limit);
  await worker.terminate();
  if (reason === undefined) return;
  await rm(conversion.to, { force: true });
  throw new ReverieError('network-broken', `That file is no ${conversion.name} I can use: ${reason}.`, {
    details: { network: conversion.name, reason },
  });
}
