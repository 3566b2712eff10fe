/** Animated PNGs. libvips reads only their first frame. */

const SIGNATURE_BYTES = 8;
/** Bytes of length, type and checksum around a chunk's data. */
const FRAME_BYTES = 12;

/** Chunks needed to show the pictures. Names, dates, places, comments and profiles are in others. */
const SHOWN = new Set([
  ...['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'sBIT', 'bKGD', 'pHYs'],
  ...['acTL', 'fcTL', 'fdAT'],
]);

interface Chunk {
  readonly type: string;
  /** With its length, type and checksum. */
  readonly bytes: Uint8Array;
}

/** The chunks up to the first incomplete one. */
function* chunksOf(png: Uint8Array): Generator<Chunk> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = SIGNATURE_BYTES; at + FRAME_BYTES <= png.byteLength;) {
    const length = view.getUint32(at) + FRAME_BYTES;
    if (at + length > png.byteLength) return;
    yield {
      type: String.fromCharCode(...png.subarray(at + 4, at + 8)),
      bytes: png.subarray(at, at + length),
    };
    at += length;
  }
}

/** How many frames a PNG has: 1 unless it is animated. */
export function framesOfPng(png: Uint8Array): number {
  for (const { type, bytes } of chunksOf(png)) {
    if (type === 'IDAT') return 1;
    if (type === 'acTL' && bytes.byteLength >= FRAME_BYTES + 4)
      return Math.max(1, new DataView(bytes.buffer, bytes.byteOffset).getUint32(8));
  }
  return 1;
}

/** The same file without the chunks of its metadata. */
export const withoutMetadata = (png: Uint8Array): Uint8Array =>
  Buffer.concat([
    png.subarray(0, SIGNATURE_BYTES),
    ...[...chunksOf(png)].filter(({ type }) => SHOWN.has(type)).map(({ bytes }) => bytes),
  ]);
