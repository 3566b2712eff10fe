/**
 * Turns a request into data that says all there is to do: network, layers, sizes, steps. Everything that can be refused
 * is refused here, and every default is filled in. No weights are loaded.
 */
import { ReverieError } from '../../errors.js';
import { NETWORKS, type WeightStore } from '../networks/weight-store.js';
import type { PreparedRequest, PreparedRun } from '../prepared-run.js';
import { GENERATOR, renderRequestSchema, type RenderRequest, type RenderRequestInput } from '../requests.js';
import { prepareDream } from './dream.js';
import { prepareInstant } from './instant.js';
import { extractPictures } from './pictures.js';
import { prepareSheet } from './sheet.js';
import { prepareStyle } from './style.js';
import { prepareTeach } from './teach.js';
import { prepareVisualise } from './visualise.js';

/** @throws ReverieError */
export async function prepare(input: RenderRequestInput, weightStore: WeightStore): Promise<PreparedRequest> {
  const request = parse(input);
  const { described, pictures } = extractPictures(request);
  if (request.kind === 'style' && request.technique === 'instant') {
    await weightStore.shapes(GENERATOR);
    return { run: { ...(await prepareInstant(request)), request: described }, pictures };
  }
  if (request.kind === 'sheet') {
    await weightStore.shapes(GENERATOR);
    return { run: { ...(await prepareSheet(request)), request: described }, pictures };
  }
  if (request.kind === 'teach') await weightStore.shapes(GENERATOR);
  const network = NETWORKS[request.network ?? (await weightStore.best(request.kind))];
  const shapes = await weightStore.shapes(network.name);
  const prepared = async (): Promise<PreparedRun> => {
    switch (request.kind) {
      case 'style':
        return { ...(await prepareStyle(request, network)), request: described };
      case 'dream':
        return { ...(await prepareDream(request, network, shapes)), request: described };
      case 'teach':
        return { ...(await prepareTeach(request, network)), request: described };
      case 'visualise':
        return { ...(await prepareVisualise(request, network, shapes)), request: described };
    }
  };
  return { run: await prepared(), pictures };
}

/** Checks a request against its schema and fills in the schema's defaults. @throws ReverieError `invalid-parameter` */
function parse(request: RenderRequestInput): RenderRequest {
  const parsed = renderRequestSchema.safeParse(request);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const parameter = issue.path.join('.') || 'request';
  throw new ReverieError('invalid-parameter', `${parameter}: ${issue.message}.`, {
    details: { parameter },
    cause: parsed.error,
  });
}
