import type { KeptResult } from '../commands/keeping.js';
import { refusal } from '../commands/refusals.js';
import type { EncodedImage, Renderer } from '../pipeline/contract.js';

/**
 * A finished picture in a file of at most `maxBytes`, for where less may be uploaded than where it was made. Throws
 * `nothing-to-show` for an animation: smaller, it would be one picture only.
 */
export async function fitted(
  { image, trace }: KeptResult,
  maxBytes: number,
  renderer: Pick<Renderer, 'clean'>,
): Promise<EncodedImage> {
  if (image.bytes.byteLength <= maxBytes) return image;
  if (trace.request.zoom) throw refusal('nothing-to-show', 'too-large');
  return renderer.clean(image.bytes, { maxBytes });
}
