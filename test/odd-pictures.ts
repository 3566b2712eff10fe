/** Pictures with the oddities that picture files may have. */
import { crc32 } from 'node:zlib';
import sharp from 'sharp';

/** Left half red, right half blue, 40×20. */
export const halves = () =>
  sharp({ create: { width: 40, height: 20, channels: 3, background: '#ff0000' } }).composite([
    { input: { create: { width: 20, height: 20, channels: 3, background: '#0000ff' } }, left: 20, top: 0 },
  ]);

/** Three frames of 20×10: red, green that is half see-through, blue. */
export const animation = async () =>
  sharp(
    await Promise.all(
      ['#ff0000ff', '#00ff0080', '#0000ffff'].map((background) =>
        sharp({ create: { width: 20, height: 10, channels: 4, background } })
          .png()
          .toBuffer(),
      ),
    ),
    { join: { animated: true } },
  );

/** A rectangle of one colour in a GIF: red, green or blue. */
export interface GifPart {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly colour: 0 | 1 | 2;
  /** What becomes of it before the next frame: 1 it stays, 2 it is cleared, 3 what was there before comes back. */
  readonly disposal: 1 | 2 | 3;
}

/** A GIF whose frames are parts of its canvas, as encoders write them that save bytes. The rest is transparent. */
export function partialGif(width: number, height: number, parts: readonly GifPart[]): Buffer {
  const short = (...values: readonly number[]) => {
    const bytes = Buffer.alloc(2 * values.length);
    for (const [i, value] of values.entries()) bytes.writeUInt16LE(value, 2 * i);
    return bytes;
  };
  const palette = Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]);
  return Buffer.concat([
    Buffer.from('GIF89a', 'latin1'),
    ...[short(width, height), Buffer.from([0x81, 0, 0]), palette],
    ...parts.flatMap((part) => [
      ...[Buffer.from([0x21, 0xf9, 4, (part.disposal << 2) | 1]), short(5), Buffer.from([3, 0])],
      ...[Buffer.from([0x2c]), short(part.left, part.top, part.width, part.height), Buffer.from([0, 2])],
      ...oneColour(part.colour, part.width * part.height),
    ]),
    Buffer.from([0x3b]),
  ]);
}

/** LZW data of three-bit codes: the table is cleared after every two pixels, so that they never get longer. */
function oneColour(colour: number, pixels: number): Buffer[] {
  const [CLEAR, END] = [4, 5];
  const codes: number[] = [];
  for (let i = 0; i < pixels; i++) codes.push(...(i % 2 === 0 ? [CLEAR, colour] : [colour]));
  codes.push(END);
  const packed = Buffer.alloc(Math.ceil((codes.length * 3) / 8));
  for (const [i, code] of codes.entries())
    for (let bit = 0; bit < 3; bit++) {
      const at = i * 3 + bit;
      packed[at >> 3]! |= ((code >> bit) & 1) << (at & 7);
    }
  const blocks: Buffer[] = [];
  for (let at = 0; at < packed.length; at += 255) {
    const block = packed.subarray(at, at + 255);
    blocks.push(Buffer.from([block.length]), block);
  }
  return [...blocks, Buffer.from([0])];
}

/** A PNG's chunk. libpng reads chunks that it does not need whatever their checksum is; here it is right. */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG of two frames by the specification, with a comment in it. */
export async function animatedPng(): Promise<Buffer> {
  const still = Buffer.from(
    await sharp(await halves().png().toBuffer())
      .ensureAlpha()
      .png()
      .toBuffer(),
  );
  const [header, rest] = [still.subarray(0, 33), still.subarray(33)];
  const control = Buffer.alloc(8);
  control.writeUInt32BE(2);
  const comment = chunk('tEXt', Buffer.from('Author\0somebody', 'latin1'));
  return Buffer.concat([header, chunk('acTL', control), comment, rest]);
}
