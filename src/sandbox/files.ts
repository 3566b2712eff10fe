import type { Clock } from './ids.js';
import { pictureSize } from './image-size.js';
import type { Json } from './wire.js';

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

/** Addresses that Discord hands out work for a day. */
const ADDRESS_LIVES = 24 * 3_600_000;

const UNKNOWN_TYPE = 'application/octet-stream';
const IS_SPOILER = 1 << 5;

const TYPES: Readonly<Record<string, string>> = {
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

/** Everything that was ever uploaded, by its path below /files. */
export class FileStore {
  private readonly byPath = new Map<string, Attachment>();

  constructor(
    private readonly nextId: () => string,
    private readonly base: () => string,
    private readonly now: Clock,
  ) {}

  /** The address as it is handed out now: until when it works stands in it, as on Discord. */
  signed(url: string): string {
    if (!url.startsWith(`${this.base()}/files/`)) return url;
    const issued = Math.floor(this.now() / 1000);
    const [bare] = url.split('?');
    return `${bare}?ex=${(issued + ADDRESS_LIVES / 1000).toString(16)}&is=${issued.toString(16)}&hm=sandbox`;
  }

  /** Whether an address is still to be served. */
  lives(expires: string | undefined): boolean {
    return expires !== undefined && Number.parseInt(expires, 16) * 1000 > this.now();
  }

  add(channelId: string, file: SandboxFile): Attachment {
    const id = this.nextId();
    // Discord renames files to what is safe in an address; so does this.
    const filename = file.name.replace(/[^\w.-]+/g, '_').slice(-120) || 'file';
    const extension = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase();
    const attachment: Attachment = {
      id,
      filename,
      size: file.bytes.byteLength,
      contentType: (file.contentType ?? '') || (TYPES[extension] ?? UNKNOWN_TYPE),
      url: `${this.base()}/files/${channelId}/${id}/${filename}`,
      ...pictureSize(file.bytes),
      bytes: file.bytes,
    };
    this.byPath.set(`${channelId}/${id}/${filename}`, attachment);
    return attachment;
  }

  get(path: string): Attachment | undefined {
    return this.byPath.get(path);
  }
}

export function attachmentPayload(attachment: Attachment, files: FileStore): Json {
  const { id, filename, size, contentType, width, height, description } = attachment;
  const url = files.signed(attachment.url);
  const dimensions = width === undefined ? {} : { width, height };
  return {
    id,
    filename,
    size,
    // Discord says nothing of a type that it does not know.
    ...(contentType === UNKNOWN_TYPE ? {} : { content_type: contentType }),
    url,
    proxy_url: url,
    ...dimensions,
    ...(description === undefined ? {} : { description }),
    ...(filename.startsWith('SPOILER_') ? { flags: IS_SPOILER } : {}),
  };
}
