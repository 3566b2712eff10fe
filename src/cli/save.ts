/** Writes the files and folders of a command. If that fails, the error says so in words for the terminal. */
import { mkdir, writeFile } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import { ReverieError } from '../errors.js';

/** In the system's words, such as “no space left on device”. */
function systemMessage(thrown: unknown): string {
  const { errno, message } = thrown as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
}

const orThrow = (sentence: string) => (cause: unknown) => {
  throw new ReverieError('not-kept', `${sentence}: ${systemMessage(cause)}.`, { cause });
};

/** @throws ReverieError `not-kept` */
export async function save(file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(file, content).catch(orThrow(`The file ${file} cannot be written`));
}

/** @throws ReverieError `not-kept` */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch(orThrow(`The folder ${folder} cannot be created`));
}
