/** Downloads that resume after an interruption, retry with exponential backoff, and are verified before use. */
import { open, rename, rm, stat } from 'node:fs/promises';
import pRetry from 'p-retry';
import { errorMessage, ReverieError } from '../errors.js';
import { fileDigest } from './checksum.js';

export interface Download {
  /** Tried one after the other, in each round. */
  readonly addresses: readonly string[];
  /** Where the file goes. Until it is complete and verified, it is `<file>.part`. */
  readonly file: string;
  /** The exact size in bytes, where it is known. */
  readonly size?: number;
  /** Larger files are refused. */
  readonly maxBytes: number;
  /** `md5:…`, `sha1:…` or `sha256:…`. */
  readonly checksum?: string;
  /** Throws when the complete file is not the one that is wanted; the next address is tried then. */
  readonly check?: (file: string) => Promise<void>;
  readonly onProgress?: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds without any data after which a server counts as stalled. */
  readonly stallMs?: number;
  /** Milliseconds before the second round; doubled for each further one. */
  readonly backoffMs?: number;
  readonly rounds?: number;
}

/** Wikimedia refuses clients that do not identify themselves. */
const USER_AGENT = 'Reverie (art bot; fetches networks and paintings once, for its operator)';

/** This address cannot provide the file, however often it is asked. */
class PermanentError extends Error {}

/**
 * Leaves the complete, verified file at `file`, or throws and leaves at most a part for the next call to resume.
 * @throws ReverieError `download-failed` with the reason for each address; `aborted`
 */
export async function downloadFile(download: Download): Promise<void> {
  const { addresses, signal, backoffMs = 1000, rounds = 5 } = download;
  const remaining = new Set(addresses);
  const reasons = new Map<string, string>();
  const etags = new Map<string, string>();

  async function tryEachAddress(): Promise<void> {
    for (const address of remaining) {
      try {
        await downloadFrom(address, download, etags);
        return;
      } catch (thrown) {
        signal?.throwIfAborted();
        reasons.set(address, errorMessage(thrown));
        if (thrown instanceof PermanentError) remaining.delete(address);
      }
    }
    throw downloadFailed(reasons);
  }

  try {
    await pRetry(tryEachAddress, {
      retries: rounds - 1,
      minTimeout: backoffMs,
      shouldRetry: () => remaining.size > 0,
      ...(signal && { signal }),
    });
  } catch (thrown) {
    throw signal?.aborted
      ? new ReverieError('aborted', 'The download was stopped. The next one resumes where it stopped.')
      : thrown;
  }
}

async function downloadFrom(address: string, download: Download, etags: Map<string, string>): Promise<void> {
  const part = `${download.file}.part`;
  const start = await fetchRest(address, part, download, etags);
  try {
    await verify(part, download);
  } catch (thrown) {
    await rm(part, { force: true });
    // The wrong bytes may come from an earlier download. Only a complete one proves that the address is wrong.
    throw start === 0 ? new PermanentError(errorMessage(thrown)) : thrown;
  }
  await rename(part, download.file);
}

/** Appends to the part what it lacks. Returns how many of its bytes were kept. */
async function fetchRest(
  address: string,
  part: string,
  download: Download,
  etags: Map<string, string>,
): Promise<number> {
  const { size, checksum, stallMs = 30_000 } = download;
  const etag = etags.get(address);
  // Two halves may be of different files. A checksum reveals that in the end; without one, an entity tag is needed.
  const have = checksum !== undefined || etag !== undefined ? await sizeOf(part) : 0;
  if (size !== undefined && have === size) return have;
  const stall = new AbortController();
  const timer = setTimeout(() => {
    stall.abort(new Error(`no data for ${stallMs / 1000} s`));
  }, stallMs);
  try {
    const response = await fetch(address, {
      signal: AbortSignal.any([stall.signal, ...(download.signal ? [download.signal] : [])]),
      headers: requestHeaders(have, etag),
    });
    if (response.status === 416) {
      await rm(part, { force: true });
      throw new Error('the server has less than was downloaded before');
    }
    const { body, start, total } = await checkResponse(response, have, download);
    if (start === 0) {
      etags.clear();
      const tag = response.headers.get('etag');
      // Weak tags (W/"…") do not promise equal bytes.
      if (tag?.startsWith('"')) etags.set(address, tag);
    }
    await append(part, body, { start, total, download, onData: () => timer.refresh() });
    return start;
  } finally {
    clearTimeout(timer);
  }
}

function requestHeaders(have: number, etag: string | undefined): Record<string, string> {
  return {
    'accept-encoding': 'identity',
    'user-agent': USER_AGENT,
    ...(have > 0 && { range: `bytes=${have}-` }),
    ...(have > 0 && etag !== undefined && { 'if-range': etag }),
  };
}

interface Rest {
  readonly body: AsyncIterable<Uint8Array>;
  /** Where in the file the body begins: after the bytes that are there, or at 0. */
  readonly start: number;
  /** The size of the whole file, where it is known. */
  readonly total: number | undefined;
}

/** @throws PermanentError when the server does not have the wanted file, Error when it may have it later */
async function checkResponse(response: Response, have: number, download: Download): Promise<Rest> {
  const { size, maxBytes } = download;
  const { status, headers, body } = response;
  if (status !== 200 && status !== 206) {
    await body?.cancel();
    const temporary = status >= 500 || status === 429 || status === 408;
    throw new (temporary ? Error : PermanentError)(`the server answered ${status}`);
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  if (status === 206 && Number(range?.[1]) !== have)
    throw new PermanentError('the server sent another part of the file');
  const start = status === 206 ? have : 0;
  const length = Number(headers.get('content-length') ?? NaN);
  const total = Number.isNaN(length) ? size : start + length;
  if (size !== undefined && total !== size)
    throw new PermanentError(`the file has ${total} bytes instead of ${size}`);
  if (total !== undefined && total > maxBytes)
    throw new PermanentError(`the file has ${total} bytes, but at most ${maxBytes} are allowed`);
  if (!body) throw new Error('the server sent no data');
  return { body: body as AsyncIterable<Uint8Array>, start, total };
}

async function append(
  part: string,
  body: AsyncIterable<Uint8Array>,
  options: Omit<Rest, 'body'> & { readonly download: Download; readonly onData: () => void },
): Promise<void> {
  const { start, total, download, onData } = options;
  const { size, maxBytes, onProgress } = download;
  const out = await open(part, start > 0 ? 'a' : 'w');
  try {
    let done = start;
    for await (const chunk of body) {
      onData();
      done += chunk.byteLength;
      if (done > (size ?? maxBytes)) {
        await rm(part, { force: true });
        throw new PermanentError('the server sent more data than the file has');
      }
      await out.writeFile(chunk);
      onProgress?.(done, total);
    }
    if (total !== undefined && done < total) throw new Error(`cut off after ${done} of ${total} bytes`);
    await out.sync();
  } finally {
    await out.close();
  }
}

async function verify(file: string, { checksum, check }: Download): Promise<void> {
  if (checksum !== undefined) {
    const [algorithm, expected] = checksum.split(':') as [string, string];
    if ((await fileDigest(file, algorithm)) !== expected) throw new Error('the file has another checksum');
  }
  await check?.(file);
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

function downloadFailed(reasons: ReadonlyMap<string, string>): ReverieError {
  const text = [...reasons].map(([address, reason]) => `${hostOf(address)}: ${reason}`).join('; ');
  return new ReverieError('download-failed', `The download failed (${text}).`, {
    details: { reasons: text },
  });
}

/** The host alone: an address may contain the operator's key. */
const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : 'that address');
