/** Converts published weights to safetensors, in a subprocess with limits on time and memory. */
import { fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ReverieError } from '../errors.js';
import type { Conversion } from './convert-file.js';

export interface ConversionLimits {
  readonly seconds?: number;
  /** The most memory that the subprocess may use, Node itself included. */
  readonly bytes?: number;
}

const PROGRAM = import.meta.url.endsWith('.ts')
  ? './convert-process-from-source.mjs'
  : './convert-process.js';

/**
 * Writes a complete, synced file to `to`, or leaves nothing there.
 * @throws ReverieError `network-broken` saying what is wrong with the file
 */
export async function convert(conversion: Conversion, limits: ConversionLimits = {}): Promise<void> {
  const reason = await runSubprocess(conversion, limits);
  if (reason === undefined) return;
  await rm(conversion.to, { force: true });
  throw new ReverieError('network-broken', `That file cannot be used as ${conversion.name}: ${reason}.`, {
    details: { network: conversion.name, reason },
  });
}

/** Returns what is wrong with the file, or undefined. */
function runSubprocess(
  conversion: Conversion,
  { seconds = 60, bytes = 2 ** 30 }: ConversionLimits,
): Promise<string | undefined> {
  // The environment is left out because it holds the bot's token, and the output because libhdf5 prints its own account
  // of every damaged file.
  const child = fork(fileURLToPath(new URL(PROGRAM, import.meta.url)), {
    env: {},
    execArgv: ['--max-old-space-size=512'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve) => {
    let reason: string | undefined;
    const finish = (result: string | undefined) => {
      reason = result;
      child.off('exit', died).kill('SIGKILL');
    };
    const died = (_code: number | null, signal: string | null) => {
      reason = signal === 'SIGKILL' ? 'reading it takes too much memory' : 'reading it crashed';
    };
    const timer = setTimeout(() => {
      finish(`it could not be read within ${seconds} s`);
    }, seconds * 1000);
    child.once('exit', died);
    child.once('message', (result: { reason?: string }) => {
      finish(result.reason);
    });
    child.once('error', ({ message }) => {
      finish(message);
    });
    child.once('close', () => {
      clearTimeout(timer);
      resolve(reason);
    });
    child.send({ conversion, bytes });
  });
}
