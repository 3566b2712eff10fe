import { ReverieError } from '../../errors.js';
import type { EncodedImage, Trace } from '../contract.js';

export function chart(trace: Trace): Promise<EncodedImage> {
  return Promise.reject(new ReverieError('internal', `no chart of ${trace.steps.length} steps yet`));
}
