import { ReverieError } from '../../errors.js';
import type { VisualiseRequest } from '../contract.js';
import type { Network } from '../networks/network.js';
import type { Undertaking } from './undertaking.js';

export function planVisualise(request: VisualiseRequest, network: Network): Promise<Undertaking> {
  return Promise.reject(
    new ReverieError('invalid-parameter', 'Layers cannot be visualised yet.', {
      details: { network: network.name, size: request.size },
    }),
  );
}
