/** What is too large for the repository: networks, pictures and reference values. Tests that need it are skipped without it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** By default a folder beside the checkout. It holds the folders `weights`, `images` and `fixtures`. */
const folder = process.env.REVERIE_TEST_DATA ?? fileURLToPath(new URL('../../shared', import.meta.url));

export const TEST_DATA = pathToFileURL(`${path.resolve(folder)}/`);
export const hasTestData = existsSync(TEST_DATA);
