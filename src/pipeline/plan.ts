/** What a request will do: network, layers, sizes, schedule. Everything that can be refused is refused here. */
import type { RenderRequest } from './contract.js';
import { NETWORKS, type NetworkShelf } from './networks/index.js';
import { planDream } from './plans/dream.js';
import { planStyle } from './plans/style.js';
import type { Undertaking } from './plans/undertaking.js';
import { planVisualise } from './plans/visualise.js';

export async function undertake(request: RenderRequest, shelf: NetworkShelf): Promise<Undertaking> {
  const network = NETWORKS[request.network ?? (await shelf.best(request.kind))];
  await shelf.weights(network.name);
  switch (request.kind) {
    case 'style':
      return planStyle(request, network);
    case 'dream':
      return planDream(request, network);
    case 'visualise':
      return planVisualise(request, network);
  }
}
