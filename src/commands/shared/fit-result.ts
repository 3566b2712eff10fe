import type { EncodedImage } from '../../pipeline/pictures.js';
import type { Renderer } from '../../pipeline/renderer.js';
import type { StoredResult } from '../../jobs/job-repository.js';
import { refusal } from './refusals.js';

/**
 * A finished picture in a file of at most `maxBytes`, for where less may be uploaded than where it was made. Throws
 * `nothing-to-show` for an animation: smaller, it would be one picture only.
 */
export async function fitResult(
  { image, trace }: StoredResult,
  maxBytes: number,
  renderer: Pick<Renderer, 'clean'>,
): Promise<EncodedImage> {
  if (image.bytes.byteLength <= maxBytes) return image;
  if (trace.request.zoom) throw refusal('nothing-to-show', 'too-large');
  return renderer.clean(image.bytes, { maxBytes });
}
