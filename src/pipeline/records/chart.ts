import { ReverieError } from '../../errors.js';
import type { EncodedImage, Trace } from '../contract.js';

export function chartSvg(trace: Trace): Promise<string> {
  return Promise.reject(new ReverieError('internal', `no chart of ${trace.steps.length} steps yet`));
}

export const chart = (trace: Trace): Promise<EncodedImage> =>
  chartSvg(trace).then((svg) => Promise.reject(new Error(svg)));
