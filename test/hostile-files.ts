/** Malformed pictures, built byte by byte after the specifications: W3C PNG, ITU T.81, GIF89a, RFC 9649, TIFF 6.0. */
import { crc32, deflateSync } from 'node:zlib';

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

function uint(value: number, bytes: number, order: 'big' | 'little' = 'big'): Buffer {
  const out = Buffer.alloc(bytes);
  if (order === 'big') out.writeUIntBE(value, 0, bytes);
  else out.writeUIntLE(value, 0, bytes);
  return out;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export function chunk(type: string, data: Uint8Array = Buffer.alloc(0), crc?: number): Buffer {
  const body = Buffer.concat([ascii(type), data]);
  return Buffer.concat([uint(data.length, 4), body, uint(crc ?? crc32(body), 4)]);
}

export interface PngParts {
  readonly width?: number;
  readonly height?: number;
  readonly depth?: number;
  /** 2 is RGB, 3 a palette. */
  readonly colour?: number;
  readonly headerCrc?: number;
  /** Chunks between the header and the pixels. */
  readonly extra?: readonly Buffer[];
  /** Chunks in place of the pixels. */
  readonly data?: readonly Buffer[];
}

/** A PNG of 64×64 black pixels, unless the parts say otherwise. */
export function png(parts: PngParts = {}): Buffer {
  const { width = 64, height = 64, depth = 8, colour = 2, extra = [] } = parts;
  const header = Buffer.concat([uint(width, 4), uint(height, 4), Buffer.from([depth, colour, 0, 0, 0])]);
  const data = parts.data ?? [chunk('IDAT', deflateSync(Buffer.alloc(64 * (1 + 3 * 64))))];
  return Buffer.concat([SIGNATURE, chunk('IHDR', header, parts.headerCrc), ...extra, ...data, chunk('IEND')]);
}

/** A compressed text or profile that expands a thousandfold. */
export const decompressionBomb = (type: 'zTXt' | 'iCCP', megabytes: number): Buffer =>
  chunk(type, Buffer.concat([ascii('bomb\0\0'), deflateSync(Buffer.alloc(megabytes * 1e6))]));

/** A JPEG whose frame header claims another size. */
export function jpegOfSize(file: Uint8Array, width: number, height: number): Buffer {
  const out = Buffer.from(file);
  const frame = out.findIndex((byte, i) => byte === 0xff && [0xc0, 0xc1, 0xc2].includes(out[i + 1] ?? 0));
  out.writeUInt16BE(height, frame + 5);
  out.writeUInt16BE(width, frame + 7);
  return out;
}

/** A JPEG with an additional segment after its start. */
export const jpegWith = (file: Uint8Array, marker: number, data: Uint8Array): Buffer =>
  Buffer.concat([
    file.subarray(0, 2),
    Buffer.from([0xff, marker]),
    uint(data.length + 2, 2),
    data,
    file.subarray(2),
  ]);

/** Exif whose only directory points to itself as the next one. */
export const endlessExif = (): Buffer =>
  Buffer.concat([
    ascii('Exif\0\0II*\0'),
    uint(8, 4, 'little'),
    uint(1, 2, 'little'),
    Buffer.from([0x12, 0x01, 3, 0, 1, 0, 0, 0, 0xff, 0xff, 0, 0]),
    uint(8, 4, 'little'),
  ]);

const GIF_PIXEL = Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);

/** A GIF in two colours with a logical screen of this size. */
export function gif(width: number, height: number, frames: readonly Buffer[] = [GIF_PIXEL]): Buffer {
  const screen = [uint(width, 2, 'little'), uint(height, 2, 'little'), Buffer.from([0x80, 0, 0])];
  const palette = Buffer.from([0, 0, 0, 255, 255, 255]);
  return Buffer.concat([ascii('GIF89a'), ...screen, palette, ...frames, Buffer.from([0x3b])]);
}

export const gifFrames = (count: number): Buffer[] => Array.from({ length: count }, () => GIF_PIXEL);

/** A frame of this size with these compressed bytes. */
export const gifFrame = (width: number, height: number, data: readonly number[]): Buffer =>
  Buffer.concat([
    Buffer.from([0x2c, 0, 0, 0, 0]),
    uint(width, 2, 'little'),
    uint(height, 2, 'little'),
    Buffer.from([0, 2, data.length, ...data, 0]),
  ]);

export function riff(...chunks: readonly (readonly [string, Uint8Array])[]): Buffer {
  const body = Buffer.concat([
    ascii('WEBP'),
    ...chunks.map(([type, data]) => Buffer.concat([ascii(type), uint(data.length, 4, 'little'), data])),
  ]);
  return Buffer.concat([ascii('RIFF'), uint(body.length, 4, 'little'), body]);
}

/** The extended header: flags and the size of the canvas. */
export const webpCanvas = (flags: number, width: number, height: number): Buffer =>
  Buffer.concat([Buffer.from([flags, 0, 0, 0]), uint(width - 1, 3, 'little'), uint(height - 1, 3, 'little')]);

/** A lossless header: its signature, then 14 bits of width − 1 and of height − 1. */
export const webpLossless = (width: number, height: number): Buffer =>
  Buffer.concat([
    Buffer.from([0x2f]),
    uint((width - 1) | ((height - 1) << 14), 4, 'little'),
    Buffer.alloc(99),
  ]);

/** A little-endian TIFF of one grey strip. Tags by number, each with one LONG value. */
export function tiff(tags: Readonly<Record<number, number>>, next = 0): Buffer {
  const entries = Object.entries(tags).map(([tag, value]) =>
    Buffer.concat([
      uint(Number(tag), 2, 'little'),
      Buffer.from([4, 0, 1, 0, 0, 0]),
      uint(value, 4, 'little'),
    ]),
  );
  return Buffer.concat([
    ascii('II*\0'),
    uint(8, 4, 'little'),
    uint(entries.length, 2, 'little'),
    ...entries,
    uint(next, 4, 'little'),
    Buffer.alloc(4096),
  ]);
}

/** Width, height, bits, no compression, black is zero, offset of the strip, samples, rows, bytes. */
export const tiffTags = (width: number, height: number, stripAt = 200, stripBytes = width * height) => ({
  256: width,
  257: height,
  258: 8,
  259: 1,
  262: 1,
  273: stripAt,
  277: 1,
  278: height,
  279: stripBytes,
});

/** An ISO media box. */
export const box = (type: string, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([uint(body.length + 8, 4), ascii(type), body]);
};

export const fileType = (brand: string): Buffer => box('ftyp', ascii(`${brand}\0\0\0\0${brand}mif1`));

/** An AVIF whose `ispe` box claims another size. */
export function avifOfSize(file: Uint8Array, width: number, height: number): Buffer {
  const out = Buffer.from(file);
  const at = out.indexOf('ispe');
  out.writeUInt32BE(width, at + 8);
  out.writeUInt32BE(height, at + 12);
  return out;
}

/** The first part of a file. */
export const cut = (file: Uint8Array, share: number): Buffer =>
  Buffer.from(file.subarray(0, Math.floor(file.length * share)));
