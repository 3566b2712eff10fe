/** A style transfer, bound to its pictures. */
import { ReverieError } from '../../errors.js';
import type { StyleRequest } from '../requests.js';
import { greyOf, withChromaOf } from '../image/colour.js';
import { inspect } from '../image/files.js';
import { emptyPlanes, fitSides } from '../image/planes.js';
import type { Network } from '../networks/network.js';
import type { Scale, RunContext } from '../recipes/run-context.js';
import { style, type StyleSettings } from '../recipes/style.js';
import { StyleTargets } from './style-targets.js';
import { checkTap, planOf, decodedAt, resultSize, SIDE_MIN, type PreparedRun } from './prepared-run.js';

/** Coarsest scale of the pyramid, and its steps; each finer one, √2 larger, gets fewer. */
const START = { longest: 160, steps: 150, decay: 0.7, fewest: 50 };

export async function prepareStyle(request: StyleRequest, network: Network): Promise<PreparedRun> {
  const { styles, size, content, colour } = request;
  const { contentTap, styleTaps } = layersOf(request, network);
  if (colour !== 'style' && !content)
    throw new ReverieError('invalid-parameter', 'Keeping the colours requires a content picture.');
  if (request.init === 'content' && !content)
    throw new ReverieError('invalid-parameter', 'Starting from the content requires a content picture.');
  for (const file of [request.init, ...styles.map(({ mask }) => mask)])
    if (file instanceof Uint8Array) await inspect(file);
  const styleSizes = await Promise.all(styles.map(({ image }) => inspect(image)));
  const target = resultSize(content ? await inspect(content) : styleSizes[0]!, size);

  const keepsContent = content !== undefined && request.alpha > 0;
  const taps = styles.length > 0 && request.beta > 0 ? styleTaps : new Map<string, number>();
  const needed = [...taps.keys(), ...(keepsContent ? [contentTap] : [])];
  if (needed.length === 0)
    throw new ReverieError('invalid-parameter', 'With both weights at 0 there is nothing to paint.', {
      details: { reason: 'nothing-to-paint' },
    });
  const deepest = needed.reduce((a, b) => (network.multiplyAdds(b) > network.multiplyAdds(a) ? b : a));
  const scales = scalesOf(target, size, request.steps);
  const picture = content && decodedAt(content);
  const targets = new StyleTargets(request, styleSizes, [...taps.keys()]);

  const settings = (random: () => number): Omit<StyleSettings, 'styles'> => ({
    terms: {
      loss: request.loss,
      alpha: request.alpha,
      contentTap: keepsContent ? contentTap : undefined,
      styleWeights: new Map([...taps].map(([tap, weight]) => [tap, request.beta * weight])),
    },
    variation: request.gamma,
    scales,
    regions: { count: taps.size === 0 ? 0 : targets.regions, masked: targets.masked },
    parametrisation: request.parametrisation,
    optimiser: request.optimiser,
    start: start(request, random),
    content:
      keepsContent && colour === 'luminance'
        ? async (...at) => greyOf(await picture!(...at))
        : keepsContent
          ? picture
          : undefined,
    finish:
      colour === 'luminance'
        ? async (image) => withChromaOf(image, await picture!(image.width, image.height))
        : (image) => Promise.resolve(image),
  });
  return {
    plan: planOf(request.kind, network, scales, deepest),
    network,
    scales,
    run: async (given) => {
      const { pooling } = request;
      const build: RunContext['build'] = (image) =>
        network.build(image, given.weights, { pooling, edges: 'replicated' });
      const context = { ...given, build };
      const styled = (width: number, height: number) =>
        taps.size === 0 ? Promise.resolve([]) : targets.regionsAt(context, width, height);
      return { image: await style(context, { ...settings(given.random), styles: styled }) };
    },
  };
}

/** The layers of the request, or the network's own, with weights that add up to 1. */
function layersOf(
  { layers, contentLayer }: StyleRequest,
  network: Network,
): { readonly contentTap: string; readonly styleTaps: ReadonlyMap<string, number> } {
  const own = network.style;
  if (!own)
    throw new ReverieError(
      'invalid-parameter',
      `The network ${network.name} cannot repaint pictures. Choose mini, vgg19 or squeezenet.`,
      { details: { reason: 'no-style-layers', network: network.name } },
    );
  const weights = Object.entries(layers ?? {}).filter(([, weight]) => weight > 0);
  const asked = weights.length > 0 ? weights : own.styleTaps.map((tap): [string, number] => [tap, 1]);
  const contentTap = contentLayer ?? own.contentTap;
  for (const tap of [contentTap, ...asked.map(([name]) => name)]) checkTap(network, tap);
  const sum = asked.reduce((total, [, weight]) => total + weight, 0);
  return { contentTap, styleTaps: new Map(asked.map(([tap, weight]) => [tap, weight / sum])) };
}

/** Where the optimisation starts. */
function start({ init, content, styles }: StyleRequest, random: () => number): StyleSettings['start'] {
  if (init instanceof Uint8Array) return decodedAt(init);
  const from = init ?? (content ? 'content' : 'noise');
  if (from === 'content') return decodedAt(content!);
  if (from === 'style' && styles[0]) return decodedAt(styles[0].image);
  return (width, height) => {
    const noise = emptyPlanes(3, width, height);
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = 0.4 + 0.2 * random();
    return Promise.resolve(noise);
  };
}

/** From coarse to fine: the schedule's own steps, or a given total in the same proportions. */
function scalesOf(
  target: { readonly width: number; readonly height: number },
  size: number,
  total: number | undefined,
): Scale[] {
  const sizes = [target];
  for (let longest = size / Math.SQRT2; longest >= START.longest; longest /= Math.SQRT2)
    sizes.unshift(fitSides(target, longest, SIDE_MIN));
  const steps = sizes.map((_, i) => Math.max(START.fewest, Math.round(START.steps * START.decay ** i)));
  if (total === undefined) return sizes.map((at, i) => ({ ...at, steps: steps[i]! }));
  const all = steps.reduce((a, b) => a + b);
  const kept = sizes.slice(-Math.min(sizes.length, total));
  const shares = steps.slice(-kept.length).map((n) => Math.max(1, Math.floor((n * total) / all)));
  const [first = 0, ...rest] = shares;
  const coarsest = Math.max(1, first + total - first - rest.reduce((a, b) => a + b, 0));
  return kept.map((at, i) => ({ ...at, steps: i === 0 ? coarsest : shares[i]! }));
}
