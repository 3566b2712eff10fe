/** Reads the body of a request as Discord does: JSON, or a form with `payload_json` and `files[n]`. */
import type { HonoRequest, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { apiErrors } from '../api-errors.js';
import { isObject, type JsonObject } from '../json.js';
import type { SandboxFile } from '../state/attachments.js';
import type { MessageInput } from '../state/message.js';

/** Enough for a file at Discord's highest upload limit, 100 MiB, and the rest of its form. */
const MAX_BODY_BYTES = 128 * 1024 * 1024;

const readAndLimit = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => apiErrors.tooLarge().toResponse(),
});

/**
 * Middleware that refuses longer bodies with 413. A stated length is believed, because Node.js reads no further. Hono's
 * own check would open such a body too, and where a route then answers without reading it, the connection is closed.
 */
export const limitBodySize: MiddlewareHandler = async (context, next) => {
  const isChunked = context.req.header('transfer-encoding') !== undefined;
  if (!isChunked && Number(context.req.header('content-length') ?? 0) <= MAX_BODY_BYTES) return next();
  return readAndLimit(context, next);
};

export async function readMessageInput(request: HonoRequest): Promise<MessageInput> {
  const type = request.header('content-type') ?? '';
  if (!type.startsWith('multipart/form-data'))
    return { body: parseObject(await request.text()), files: new Map() };
  const form = await request.formData();
  const files = new Map<number, SandboxFile>();
  for (const [name, value] of form) {
    const index = /^files\[(\d+)\]$/.exec(name)?.[1];
    if (index !== undefined && typeof value !== 'string') files.set(Number(index), await readUpload(value));
  }
  const payload = form.get('payload_json');
  return { body: parseObject(typeof payload === 'string' ? payload : ''), files };
}

/** A file of a form. `File` itself is declared differently by Node.js and by the DOM. */
export type Upload = Pick<Blob, 'type' | 'arrayBuffer'> & { name: string };

export async function readUpload(file: Upload): Promise<SandboxFile> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  // Forms send octet-stream for a file without a type; its extension then says more.
  const hasType = file.type && file.type !== 'application/octet-stream';
  return { name: file.name, bytes, ...(hasType ? { contentType: file.type } : {}) };
}

/** Parses a JSON object; the empty string is one without properties. */
export function parseObject(json: string): JsonObject {
  if (json === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    if (isObject(value)) return value;
  } catch {
    // Refused below, like any other value that is not an object.
  }
  throw apiErrors.invalidForm('not a JSON object');
}
