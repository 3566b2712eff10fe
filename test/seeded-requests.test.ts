/**
 * Every kind of request gives the same pixels as before. This guards moves and renames: it knows the results to the
 * byte. It goes when the objectives are written anew, which rounds otherwise.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import known from './fixtures/seeded-requests.json' with { type: 'json' };
import {
  drawPictures,
  missingNetwork,
  perform,
  processor,
  REQUESTS,
  type Hashes,
} from './seeded-requests.js';

const MAIN = new URL('../src/cli/main.ts', import.meta.url).pathname;
const hashes: Readonly<Record<string, Hashes>> = known.requests;

const elsewhere =
  processor() === known.processor
    ? undefined
    : `the results are known for ${known.processor}, and this is ${processor()}`;

describe(`seeded requests${elsewhere ? ` (skipped: ${elsewhere})` : ''}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'reverie-seeded-'));
    await drawPictures(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('covers every request whose result is known', () => {
    expect(Object.keys(hashes)).toEqual(Object.keys(REQUESTS));
  });

  for (const [index, [name, args]] of Object.entries(REQUESTS).entries()) {
    const missing = missingNetwork(args);
    const title = missing ? `${name} (skipped: the weights of ${missing} are not here)` : name;
    it.skipIf(elsewhere ?? missing)(title, { timeout: 180_000 }, async () => {
      expect(await perform(MAIN, args, folder, String(index))).toEqual(hashes[name]);
    });
  }
});
