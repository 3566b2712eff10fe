/** What comes with Reverie beside its program. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { ReverieError } from '../errors.js';

/** Networks, manifests and cards lie beside `src` (or `dist`). */
export const BUNDLED = fileURLToPath(new URL('../../models/', import.meta.url));

/** @throws ReverieError `network-broken` where the file is not what was delivered */
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
