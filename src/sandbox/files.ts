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
}

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
  ) {}

  add(channelId: string, file: SandboxFile): Attachment {
    const id = this.nextId();
    // Discord renames files to what is safe in an address; so does this.
    const filename = file.name.replace(/[^\w.-]+/g, '_').slice(-120) || 'file';
    const extension = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase();
    const attachment: Attachment = {
      id,
      filename,
      size: file.bytes.byteLength,
      contentType: (file.contentType ?? '') || (TYPES[extension] ?? 'application/octet-stream'),
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

export function attachmentPayload(attachment: Attachment): Json {
  const { id, filename, size, contentType, url, width, height } = attachment;
  const dimensions = width === undefined ? {} : { width, height };
  return { id, filename, size, content_type: contentType, url, proxy_url: url, ...dimensions };
}
