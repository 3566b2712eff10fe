/** Uploaded files: their metadata, and the signed addresses under which they can be downloaded for a day. */
import { AttachmentFlags } from 'discord-api-types/v10';
import { disableTypes, imageSize, types } from 'image-size';
import type { JsonObject } from '../json.js';
import type { Clock } from './snowflakes.js';

export interface SandboxFile {
  name: string;
  bytes: Uint8Array;
  contentType?: string;
}

export interface Attachment {
  id: string;
  filename: string;
  size: number;
  contentType: string;
  url: string;
  width?: number;
  height?: number;
  bytes: Uint8Array;
  description?: string;
}

const ADDRESS_LIFETIME_MS = 24 * 3_600_000;
const UNKNOWN_TYPE = 'application/octet-stream';
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  json: 'application/json',
  txt: 'text/plain',
  mp4: 'video/mp4',
};

export class AttachmentStore {
  /** By path below /files. */
  private readonly byPath = new Map<string, Attachment>();

  constructor(
    private readonly nextId: () => string,
    private readonly baseUrl: () => string,
    private readonly now: Clock,
  ) {}

  /** An address of ours with a fresh expiry in its query, as Discord signs it; any other is returned unchanged. */
  sign(url: string): string {
    if (!url.startsWith(`${this.baseUrl()}/files/`)) return url;
    const issued = Math.floor(this.now() / 1000);
    const expires = issued + ADDRESS_LIFETIME_MS / 1000;
    const [unsigned] = url.split('?');
    return `${unsigned}?ex=${expires.toString(16)}&is=${issued.toString(16)}&hm=sandbox`;
  }

  /** @param expires the `ex` of a signed address: seconds since 1970, hexadecimal */
  isValid(expires: string | undefined): boolean {
    return expires !== undefined && Number.parseInt(expires, 16) * 1000 > this.now();
  }

  add(channelId: string, file: SandboxFile): Attachment {
    const id = this.nextId();
    // Discord, too, replaces what is not safe in an address.
    const filename = file.name.replace(/[^\w.-]+/g, '_').slice(-120) || 'file';
    const extension = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase();
    const attachment: Attachment = {
      id,
      filename,
      size: file.bytes.byteLength,
      contentType: (file.contentType ?? '') || (CONTENT_TYPES[extension] ?? UNKNOWN_TYPE),
      url: `${this.baseUrl()}/files/${channelId}/${id}/${filename}`,
      ...dimensions(file.bytes),
      bytes: file.bytes,
    };
    this.byPath.set(`${channelId}/${id}/${filename}`, attachment);
    return attachment;
  }

  /** @param path below /files */
  get(path: string): Attachment | undefined {
    return this.byPath.get(path);
  }

  payload(attachment: Attachment): JsonObject {
    const { id, filename, size, contentType, width, height, description } = attachment;
    const url = this.sign(attachment.url);
    return {
      id,
      filename,
      size,
      // Discord leaves out a type that it does not know.
      ...(contentType === UNKNOWN_TYPE ? {} : { content_type: contentType }),
      url,
      proxy_url: url,
      ...(width === undefined ? {} : { width, height }),
      ...(description === undefined ? {} : { description }),
      ...(filename.startsWith('SPOILER_') ? { flags: AttachmentFlags.IsSpoiler } : {}),
    };
  }
}

/** The formats that Discord shows as pictures. */
const SHOWN_TYPES = ['png', 'jpg', 'gif', 'webp', 'heif'];
disableTypes(types.filter((type) => !SHOWN_TYPES.includes(type)));
/** Headers are at the front. The limit keeps a hostile file from being searched to its end, which takes seconds. */
const HEADER_BYTES = 256 * 1024;

/** The size that an image's header states; nothing where the file is no image, or a damaged one. */
export function dimensions(bytes: Uint8Array): { width: number; height: number } | undefined {
  try {
    const { width, height } = imageSize(bytes.subarray(0, HEADER_BYTES));
    return width > 0 && height > 0 ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}
