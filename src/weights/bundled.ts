/** The files that ship with Reverie: networks, their cards and the manifests. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { ReverieError } from '../errors.js';

/** The folder `models/`, beside `src` or `dist`. Ends with a slash. */
export const BUNDLED = fileURLToPath(new URL('../../models/', import.meta.url));

/** @throws ReverieError `network-broken` when the file is missing or does not match the schema */
export async function readBundled<T>(name: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(`${BUNDLED}${name}`, 'utf8')));
  } catch (cause) {
    throw new ReverieError(
      'network-broken',
      `The file models/${name} that comes with Reverie is missing or damaged.`,
      { cause },
    );
  }
}
