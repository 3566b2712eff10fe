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
