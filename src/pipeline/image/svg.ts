import sharp from 'sharp';

/** Draws an SVG document as a PNG file of exactly `width` × `height` pixels, without an alpha channel. */
export async function rasterise(svg: string, width: number, height: number): Promise<Uint8Array> {
  const png = await sharp(Buffer.from(svg), { unlimited: true })
    .resize(width, height, { fit: 'fill' })
    .removeAlpha()
    .png({ compressionLevel: 6 })
    .toBuffer();
  return new Uint8Array(png);
}
