/** Turns an original weight file into a native one, in a process with limits on time and memory. */
import { fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ReverieError } from '../errors.js';
import type { Conversion } from './conversion.js';

export interface ConversionLimits {
  readonly seconds?: number;
  /** What the process may take, Node and all. */
  readonly bytes?: number;
}

const PROGRAM = import.meta.url.endsWith('.ts')
  ? './convert-process-from-source.mjs'
  : './convert-process.js';

/** Says what is wrong with the file; nothing where nothing is. */
function attempt(conversion: Conversion, { seconds = 60, bytes = 2 ** 30 }: ConversionLimits) {
  // It needs nothing of the environment, which holds the bot's token. What libhdf5 has to say of a damaged file goes
  // nowhere: the reason is told in our own words.
  const child = fork(fileURLToPath(new URL(PROGRAM, import.meta.url)), {
    env: {},
    execArgv: ['--max-old-space-size=512'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise<string | undefined>((resolve) => {
    let reason: string | undefined;
    const end = (why: string | undefined) => {
      reason = why;
      child.off('exit', stopped).kill('SIGKILL');
    };
    const stopped = (_code: number | null, signal: string | null) => {
      reason = signal === 'SIGKILL' ? 'it asks for too much memory' : 'its reader stopped';
    };
    const limit = setTimeout(() => {
      end(`it could not be read within ${seconds} s`);
    }, seconds * 1000);
    child.once('exit', stopped);
    child.once('message', (answer: { reason?: string }) => {
      end(answer.reason);
    });
    child.once('error', ({ message }) => {
      end(message);
    });
    child.once('close', () => {
      clearTimeout(limit);
      resolve(reason);
    });
    child.send({ conversion, bytes });
  });
}

/**
 * Leaves a whole, synced file at `to`, or nothing.
 * @throws ReverieError `network-broken` saying what is wrong with the file
 */
export async function convert(conversion: Conversion, limits: ConversionLimits = {}): Promise<void> {
  const reason = await attempt(conversion, limits);
  if (reason === undefined) return;
  await rm(conversion.to, { force: true });
  throw new ReverieError('network-broken', `That file is no ${conversion.name} I can use: ${reason}.`, {
    details: { network: conversion.name, reason },
  });
}
