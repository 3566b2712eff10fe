/** What a command leaves behind, with a sentence for the person at the terminal where it cannot be written. */
import { mkdir, writeFile } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import { ReverieError } from '../errors.js';

/** In the system's words, such as “no space left on device”. */
function reasonOf(thrown: unknown): string {
  const { errno, message } = thrown as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
}

const orSay = (sentence: string) => (cause: unknown) => {
  throw new ReverieError('not-kept', `${sentence}: ${reasonOf(cause)}.`, { cause });
};

/** @throws ReverieError `not-kept` */
export async function save(file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(file, content).catch(orSay(`The file ${file} cannot be written`));
}

/** @throws ReverieError `not-kept` */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch(orSay(`The folder ${folder} cannot be created`));
}
