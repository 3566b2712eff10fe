import { ReverieError } from '../../errors.js';
import type { EncodedImage, Raster } from '../contract.js';

export function animate(
  pictures: readonly Raster[],
  { maxBytes }: { readonly maxBytes: number },
): Promise<EncodedImage> {
  return Promise.reject(
    new ReverieError('internal', `no animation of ${pictures.length} pictures in ${maxBytes} bytes yet`),
  );
}
