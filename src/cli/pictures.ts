/** Reads the pictures of a run, and stores their file names in its record so that they can be found again. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ReverieError } from '../errors.js';
import type { Trace } from '../pipeline/renderer.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const picture = z.object({ sha256: z.string(), file: z.string().optional() });
const record = z.object({ request: z.record(z.string(), z.unknown()) });

const refused = (sentence: string, cause?: unknown) =>
  new ReverieError('invalid-parameter', sentence, { cause });

export class Pictures {
  readonly #files = new Map<string, string>();

  /** @throws ReverieError `invalid-parameter` */
  async read(file: string): Promise<Uint8Array> {
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw refused(`The picture ${file} cannot be read.`, cause);
    });
    this.#files.set(sha256(bytes), file);
    return bytes;
  }

  /** The record with the file name added to each of its pictures. */
  named(trace: Trace): Trace {
    const name = (value: unknown): unknown => {
      const known = picture.safeParse(value);
      if (known.success) return { sha256: known.data.sha256, file: this.#files.get(known.data.sha256) };
      return within(value, name);
    };
    return { ...trace, request: name(trace.request) as Trace['request'] };
  }

  /**
   * The request of a record, with its pictures read from their files.
   * @throws ReverieError `invalid-parameter` if the record or a picture is missing, or a picture has changed
   */
  async recall(file: string): Promise<Record<string, unknown>> {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw refused(`The record ${file} cannot be read.`, cause);
    });
    const { request } = parse(file, text);
    const bytes = new Map<string, Uint8Array>();
    const found: z.infer<typeof picture>[] = [];
    const collect = (value: unknown): unknown => {
      const known = picture.safeParse(value);
      if (known.success) found.push(known.data);
      return within(value, collect);
    };
    collect(request);
    for (const { file: name, sha256: hash } of found) {
      if (name === undefined) throw refused(`The record ${file} does not say where its pictures are.`);
      const read = await this.read(name);
      if (sha256(read) !== hash) throw refused(`The picture ${name} is not the one used in that run.`);
      bytes.set(hash, read);
    }
    const fill = (value: unknown): unknown => {
      const known = picture.safeParse(value);
      return known.success ? bytes.get(known.data.sha256) : within(value, fill);
    };
    return fill(request) as Record<string, unknown>;
  }
}

function parse(file: string, text: string): z.infer<typeof record> {
  try {
    return record.parse(JSON.parse(text));
  } catch (cause) {
    throw refused(`The file ${file} is not the record of a run.`, cause);
  }
}

/** Applies `change` to each member of an array or object. */
function within(value: unknown, change: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, change(inner)]));
}
