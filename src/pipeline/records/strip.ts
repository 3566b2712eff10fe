import { ReverieError } from '../../errors.js';
import type { Captioned, EncodedImage } from '../contract.js';

export function strip(pictures: readonly Captioned[]): Promise<EncodedImage> {
  return Promise.reject(new ReverieError('internal', `no strip of ${pictures.length} pictures yet`));
}
