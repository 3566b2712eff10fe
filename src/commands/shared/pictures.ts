/** Pictures that come in as attachments, and results that go out as files. */
import { ReverieError, refusal, toReverieError } from '../../errors.js';
import type { StoredResult } from '../../jobs/job-repository.js';
import { isHidden, type PictureFile } from '../../jobs/member-repositories.js';
import { animateAgain } from '../../pipeline/export/animation.js';
import { removeMetadata } from '../../pipeline/export/encode-to-fit.js';
import { examine, inspect } from '../../pipeline/image/inspect.js';
import type { EncodedImage } from '../../pipeline/pictures.js';

/** What a download needs to know of an attachment. */
export interface RemoteFile {
  readonly url: string;
  readonly size: number;
}

/** @param signal aborts the download */
export type FetchAttachment = (file: RemoteFile, signal?: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>;

export interface AttachmentLimits {
  readonly maxBytes: number;
  readonly timeoutMs?: number | undefined;
  /** Origins that need no https: a sandbox on this machine. */
  readonly origins?: readonly string[];
}

/** Downloads attachments. Trusts neither the URL nor the announced size, and gives up on a slow server. */
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
    // Not `AbortSignal.timeout`: Node may garbage-collect it while the body is still being read.
    const download = new AbortController();
    const timer = setTimeout(() => {
      download.abort(new Error(`not received within ${timeoutMs} ms`));
    }, timeoutMs);
    const stop = () => {
      download.abort(signal?.reason);
    };
    signal?.addEventListener('abort', stop);
    try {
      const response = await fetch(url, { redirect: 'error', signal: download.signal });
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
      download.abort();
    }
  };
}

/** A picture that came with a command, its header checked. */
export interface Picture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** It was attached as a spoiler. */
  readonly spoiler: boolean;
}

/** Downloads a picture and checks its header. Throws what the download and `examine` throw. */
export type ReadPicture = (file: PictureFile) => Promise<Picture>;

/**
 * @param maxPixels larger pictures are refused, if that is stricter than the pipeline's own limit
 * @param signal aborts the downloads
 */
export const pictureReader =
  (fetchAttachment: FetchAttachment, maxPixels?: number, signal?: AbortSignal): ReadPicture =>
  async (file) => {
    const bytes = await fetchAttachment(file, signal);
    await examine(bytes, maxPixels);
    return { bytes, spoiler: isHidden(file) };
  };

/**
 * A result as a file of at most `maxBytes`, for places where less may be uploaded than where it was made. An animation
 * stays one. Throws `nothing-to-show` for one that does not fit however small it is.
 */
export async function fitResult({ image }: StoredResult, maxBytes: number): Promise<EncodedImage> {
  if (image.bytes.byteLength <= maxBytes) return image;
  if (!(await inspect(image.bytes)).animated) return removeMetadata(image.bytes, { maxBytes });
  return animateAgain(image, { maxBytes }).catch((cause: unknown) => {
    throw toReverieError(cause).code === 'render-failed' ? refusal('nothing-to-show', 'too-large') : cause;
  });
}
