/** What a request will do: network, layers, sizes, schedule. Everything that can be refused is refused here. */
import type { RenderRequest } from '../requests.js';
import { NETWORKS, type WeightStore } from '../networks/weight-store.js';
import { prepareDream } from './dream.js';
import { prepareStyle } from './style.js';
import type { PreparedRun } from './prepared-run.js';
import { prepareVisualise } from './visualise.js';

export async function prepare(request: RenderRequest, weightStore: WeightStore): Promise<PreparedRun> {
  const network = NETWORKS[request.network ?? (await weightStore.best(request.kind))];
  await weightStore.weights(network.name);
  switch (request.kind) {
    case 'style':
      return prepareStyle(request, network);
    case 'dream':
      return prepareDream(request, network);
    case 'visualise':
      return prepareVisualise(request, network);
  }
}
