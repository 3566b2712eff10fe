import { ReverieError } from '../../errors.js';

/** The little of Discord's attachment that a download needs. */
export interface RemoteFile {
  readonly url: string;
  readonly size: number;
}

/** @param signal ends the download */
export type FetchAttachment = (file: RemoteFile, signal?: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>;

export interface AttachmentLimits {
  readonly maxBytes: number;
  readonly timeoutMs?: number | undefined;
  /** Origins taken although they are not https: a sandbox on this machine. */
  readonly origins?: readonly string[];
}

/** A downloader that trusts neither the address, nor the announced size, nor the server's patience. */
export function attachmentFetcher(limits: AttachmentLimits): FetchAttachment {
  const { maxBytes, timeoutMs = 20_000, origins = [] } = limits;
  const megabytes = Math.floor((maxBytes / 2 ** 20) * 10) / 10;
  const tooLarge = () =>
    new ReverieError(
      'attachment-too-large',
      `That file is too large. I can handle pictures of up to ${megabytes} MB.`,
      { details: { maxBytes, megabytes } },
    );
  const unreachable = (cause: unknown) =>
    new ReverieError(
      'attachment-unreachable',
      'I couldn’t download that attachment. Please attach it again.',
      {
        cause,
      },
    );

  return async (file, signal) => {
    signal?.throwIfAborted();
    if (file.size > maxBytes) throw tooLarge();
    const url = URL.canParse(file.url) ? new URL(file.url) : undefined;
    if (!url || (url.protocol !== 'https:' && !origins.includes(url.origin)))
      throw unreachable(new Error('the address is not https'));
    // A timer that somebody holds: Node may collect `AbortSignal.timeout` while the body is still read.
    const patience = new AbortController();
    const timer = setTimeout(() => {
      patience.abort(new Error(`not received within ${timeoutMs} ms`));
    }, timeoutMs);
    const stop = () => {
      patience.abort(signal?.reason);
    };
    signal?.addEventListener('abort', stop);
    try {
      const response = await fetch(url, { redirect: 'error', signal: patience.signal });
      if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        length += chunk.byteLength;
        if (length > maxBytes) throw tooLarge();
        chunks.push(chunk);
      }
      return new Uint8Array(Buffer.concat(chunks));
    } catch (thrown) {
      signal?.throwIfAborted();
      throw thrown instanceof ReverieError ? thrown : unreachable(thrown);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      patience.abort();
    }
  };
}
