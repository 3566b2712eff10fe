import type { HonoRequest } from 'hono';
import type { SandboxFile } from './files.js';
import type { Draft } from './messages.js';
import { problems } from './problem.js';
import { isRecord, type Json } from './wire.js';

/** Reads a request as Discord does: JSON, or multipart with `payload_json` and `files[n]`. */
export async function readDraft(request: HonoRequest): Promise<Draft> {
  const type = request.header('content-type') ?? '';
  if (!type.startsWith('multipart/form-data'))
    return { body: parseRecord(await request.text()), files: new Map() };
  const form = await request.formData();
  const files = new Map<number, SandboxFile>();
  for (const [name, value] of form) {
    const index = /^files\[(\d+)\]$/.exec(name)?.[1];
    if (index !== undefined && typeof value !== 'string') files.set(Number(index), await readFile(value));
  }
  const payload = form.get('payload_json');
  return { body: parseRecord(typeof payload === 'string' ? payload : ''), files };
}

/** A file of a form, whoever's `File` it is. */
export type Upload = Pick<Blob, 'type' | 'arrayBuffer'> & { name: string };

export async function readFile(file: Upload): Promise<SandboxFile> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  // A form without a type says octet-stream; the extension knows better.
  const known = file.type && file.type !== 'application/octet-stream';
  return { name: file.name, bytes, ...(known ? { contentType: file.type } : {}) };
}

export function parseRecord(json: string): Json {
  if (json === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    if (isRecord(value)) return value;
  } catch {
    // Falls through to the refusal below.
  }
  throw problems.invalidForm('not a JSON object');
}
