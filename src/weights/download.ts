/** Downloads that survive a cut: resumed where they stopped, retried with growing pauses, checked before use. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { ReverieError } from '../errors.js';
import { errorMessage } from '../error-message.js';

export interface Download {
  /** Tried in turn, round after round. */
  readonly addresses: readonly string[];
  /** Where it goes; until it is whole and right it is `<file>.part`. */
  readonly file: string;
  /** Exact bytes, where they are known. */
  readonly size?: number;
  /** The most bytes taken. */
  readonly maxBytes: number;
  /** `md5:…`, `sha1:…` or `sha256:…`. */
  readonly checksum?: string;
  /** Throws where the whole file is not what is wanted; then the next address is asked. */
  readonly check?: (file: string) => Promise<void>;
  readonly onProgress?: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte after which a server counts as stalled. */
  readonly stallMs?: number;
  /** Milliseconds before the first retry; doubled each round. */
  readonly backoffMs?: number;
  readonly rounds?: number;
}

const AGENT = 'Reverie (art bot; fetches networks and paintings once, for its operator)';

/** This address will not do, however often it is asked. */
class PermanentError extends Error {}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

/** Hex digest of a file, read in pieces. */
export async function digest(file: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}

/** Names the host alone: an address may carry an operator's key. */
const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : 'that address');

/**
 * How much of the part there is to go on with. A checksum tells in the end whether the halves belong together; without
 * one, only the address's own word for its file does, its entity tag.
 */
async function resumable(part: string, { checksum }: Download, tag: string | undefined): Promise<number> {
  return checksum !== undefined || tag !== undefined ? sizeOf(part) : 0;
}

/** One request: appends to the part what it lacks. Returns how much of the part was there before. */
async function fetchPart(
  address: string,
  part: string,
  download: Download,
  tags: Map<string, string>,
): Promise<number> {
  const { size, maxBytes, onProgress, stallMs = 30_000 } = download;
  const tag = tags.get(address);
  const have = await resumable(part, download, tag);
  if (size !== undefined && have === size) return have;
  const stall = new AbortController();
  const timer = setTimeout(() => {
    stall.abort(new Error(`no byte for ${stallMs / 1000} s`));
  }, stallMs);
  const signal = AbortSignal.any([stall.signal, ...(download.signal ? [download.signal] : [])]);
  try {
    // Wikimedia turns away programs that do not say who they are.
    const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': AGENT };
    if (have > 0) headers.range = `bytes=${have}-`;
    if (have > 0 && tag !== undefined) headers['if-range'] = tag;
    const response = await fetch(address, { signal, headers });
    const { status } = response;
    if (status === 416) {
      await rm(part, { force: true });
      throw new Error('the server has nothing after what is here');
    }
    if (status !== 200 && status !== 206) {
      await response.body?.cancel();
      const again = status >= 500 || status === 429 || status === 408;
      throw new (again ? Error : PermanentError)(`the server answers ${status}`);
    }
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    if (status === 206 && Number(range?.[1]) !== have)
      throw new PermanentError('the server sends another part');
    const start = status === 206 ? have : 0;
    const length = Number(response.headers.get('content-length') ?? NaN);
    const total = Number.isNaN(length) ? size : start + length;
    if (size !== undefined && total !== size)
      throw new PermanentError(`the file there has ${total} bytes instead of ${size}`);
    if (total !== undefined && total > maxBytes)
      throw new PermanentError(`the file there has ${total} bytes; ${maxBytes} are allowed`);
    if (!response.body) throw new Error('the server sends nothing');
    if (start === 0) tags.clear();
    const told = response.headers.get('etag');
    if (start === 0 && told?.startsWith('"')) tags.set(address, told);
    const out = await open(part, start > 0 ? 'a' : 'w');
    try {
      let done = start;
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        timer.refresh();
        done += chunk.byteLength;
        if (done > (size ?? maxBytes)) {
          await rm(part, { force: true });
          throw new PermanentError('the server sends more than it should');
        }
        await out.writeFile(chunk);
        onProgress?.(done, total);
      }
      if (total !== undefined && done < total) throw new Error(`cut after ${done} of ${total} bytes`);
      await out.sync();
    } finally {
      await out.close();
    }
    return start;
  } finally {
    clearTimeout(timer);
  }
}

/** @throws Error where the whole file is not what is wanted; it is deleted then */
async function checkWhole(part: string, { checksum, check }: Download): Promise<void> {
  try {
    if (checksum !== undefined) {
      const [algorithm, wanted] = checksum.split(':') as [string, string];
      if ((await digest(part, algorithm)) !== wanted) throw new Error('the file there has another checksum');
    }
    await check?.(part);
  } catch (thrown) {
    await rm(part, { force: true });
    throw thrown;
  }
}

/**
 * Leaves the whole, checked file at `file`, or throws and leaves at most a part that the next call goes on with.
 * @throws ReverieError `download-failed` with the reason of each address; `aborted`
 */
export async function fetchFile(download: Download): Promise<void> {
  const { file, signal, backoffMs = 1000, rounds = 5 } = download;
  const part = `${file}.part`;
  const reasons = new Map<string, string>();
  const tags = new Map<string, string>();
  let hopeful = [...download.addresses];
  for (let round = 0; round < rounds && hopeful.length > 0; round++) {
    if (round > 0) await pause(backoffMs * 2 ** (round - 1), undefined, { signal }).catch(() => undefined);
    for (const address of hopeful) {
      try {
        const start = await fetchPart(address, part, download, tags);
        await checkWhole(part, download).catch((cause: unknown) => {
          // The wrong bytes may be those that were here before: only a whole download convicts an address.
          throw start === 0 ? new PermanentError(errorMessage(cause)) : cause;
        });
        await rename(part, file);
        return;
      } catch (cause) {
        if (signal?.aborted)
          throw new ReverieError('aborted', 'The download was stopped; it goes on where it stopped.');
        reasons.set(address, errorMessage(cause));
        if (cause instanceof PermanentError) hopeful = hopeful.filter((other) => other !== address);
      }
    }
  }
  const told = [...reasons].map(([address, reason]) => `${hostOf(address)}: ${reason}`).join('; ');
  throw new ReverieError('download-failed', `The download failed (${told}).`, { details: { reasons: told } });
}
