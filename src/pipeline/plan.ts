/** What a request will do: network, layer, sizes, schedule. Everything that can be refused is refused here. */
import { ReverieError } from '../errors.js';
import type { ImageInfo, Plan, RenderRequest } from './contract.js';
import { inspect } from './image/files.js';
import { fitSides } from './image/planes.js';
import { NETWORKS, type NetworkShelf } from './networks/index.js';
import type { Network } from './networks/network.js';
import type { Scale } from './recipes/run.js';

export interface Schedule {
  readonly plan: Plan;
  readonly network: Network;
  readonly scales: readonly Scale[];
}

/** Sides under this vanish in the pools of the networks. */
const SIDE_MIN = 32;
/** Coarsest scale of a style pyramid, and its steps; each finer one, √2 larger, gets a bit over half as many. */
const STYLE_START = { longest: 160, steps: 150, decay: 0.55, fewest: 20 };
const OCTAVE_RATIO = 1.4;

export async function schedule(request: RenderRequest, shelf: NetworkShelf): Promise<Schedule> {
  const network = NETWORKS[request.network ?? (await shelf.best(request.kind))];
  await shelf.weights(network.name);
  if (request.kind === 'visualise')
    throw new ReverieError('invalid-parameter', 'Layers cannot be visualised yet.');
  const picture = await inspect(
    request.kind === 'style' ? (request.content ?? request.styles[0]!.image) : request.image,
  );
  const target = resultSize(picture, request.size);
  if (request.kind === 'style') {
    for (const { image } of request.styles) await inspect(image);
    return styleSchedule(request, network, target);
  }
  return dreamSchedule(request, network, target);
}

function resultSize(picture: ImageInfo, size: number): { width: number; height: number } {
  const exact = fitSides(picture, size);
  if (Math.min(exact.width, exact.height) < SIDE_MIN)
    throw new ReverieError(
      'image-too-small',
      `A picture of ${picture.width}×${picture.height} pixels is too narrow for ${size} pixels; its shorter side would come out under ${SIDE_MIN}.`,
      { details: { width: picture.width, height: picture.height, size, shortest: SIDE_MIN } },
    );
  return exact;
}

function styleSchedule(
  request: Extract<RenderRequest, { kind: 'style' }>,
  network: Network,
  target: { width: number; height: number },
): Schedule {
  if (!network.style)
    throw new ReverieError(
      'invalid-parameter',
      `The network ${network.name} has no layers for style; mini and vgg19 have.`,
      { details: { network: network.name } },
    );
  const sizes = [target];
  for (let longest = request.size / Math.SQRT2; longest >= STYLE_START.longest; longest /= Math.SQRT2)
    sizes.unshift(fitSides(target, longest, SIDE_MIN));
  const steps = sizes.map((_, i) =>
    Math.max(STYLE_START.fewest, Math.round(STYLE_START.steps * STYLE_START.decay ** i)),
  );
  const scales = distribute(sizes, steps, request.steps);
  const deepest = [...network.style.styleTaps, network.style.contentTap].reduce((a, b) =>
    network.multiplyAdds(b) > network.multiplyAdds(a) ? b : a,
  );
  return { network, scales, plan: describe(request.kind, network, scales, deepest) };
}

function dreamSchedule(
  request: Extract<RenderRequest, { kind: 'dream' }>,
  network: Network,
  target: { width: number; height: number },
): Schedule {
  const layer = request.targets?.[0]?.layer ?? network.dreams.layer;
  if (!network.taps.some(({ name }) => name === layer)) {
    const offered = network.dreams.offered.map((tap) => tap.name).join(', ');
    throw new ReverieError(
      'unknown-layer',
      `${network.name} has no layer of that name; try one of ${offered}.`,
      {
        details: { network: network.name, offered },
      },
    );
  }
  const sizes = [target];
  for (let octave = 1; octave < request.octaves; octave++) {
    const smaller = fitSides(target, request.size / OCTAVE_RATIO ** octave);
    // An octave that the layer's receptive field would swallow adds nothing.
    if (Math.min(smaller.width, smaller.height) < SIDE_MIN) break;
    sizes.unshift(smaller);
  }
  const scales = sizes.map((size) => ({ ...size, steps: request.steps }));
  return { network, scales, plan: { ...describe(request.kind, network, scales, layer), layer } };
}

/** The schedule's own steps, or a given total in the same proportions with at least one step a scale. */
function distribute(
  sizes: readonly { width: number; height: number }[],
  steps: readonly number[],
  total: number | undefined,
): Scale[] {
  if (total === undefined) return sizes.map((size, i) => ({ ...size, steps: steps[i]! }));
  const all = steps.reduce((a, b) => a + b);
  const kept = sizes.slice(-Math.min(sizes.length, total));
  const shares = steps.slice(-kept.length).map((n) => Math.max(1, Math.floor((n * total) / all)));
  const [first = 0, ...rest] = shares;
  const coarsest = Math.max(1, first + total - first - rest.reduce((a, b) => a + b, 0));
  return kept.map((size, i) => ({ ...size, steps: i === 0 ? coarsest : shares[i]! }));
}

function describe(kind: Plan['kind'], network: Network, scales: readonly Scale[], deepest: string): Plan {
  const { width, height } = scales.at(-1)!;
  const pixels = scales.reduce((sum, s) => sum + s.width * s.height * s.steps, 0);
  return {
    kind,
    network: network.name,
    width,
    height,
    scales: scales.length,
    steps: scales.reduce((sum, s) => sum + s.steps, 0),
    // Forward and backward.
    cost: 2 * pixels * network.multiplyAdds(deepest),
  };
}
