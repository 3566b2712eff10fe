import { ReverieError } from '../../errors.js';
import { inspect } from '../image/inspect.js';
import { fitSides } from '../image/planes.js';
import type { Network } from '../networks/network.js';
import type {
  InstantPass,
  PictureHash,
  PreparedStyle,
  PreparedStylePicture,
  Scale,
  Size,
} from '../prepared-run.js';
import type { StyleRequest } from '../requests.js';
import { instantPass } from './instant.js';
import { hashOf } from './pictures.js';
import { checkTap, planOf, resultSize, SIDE_MIN } from './plan.js';
import { scalesOf, scheduleOf } from './schedule.js';

/** Longest side of the instant picture that the optimisation starts from: swift was trained at this size. */
const INSTANT_LONGEST = 384;

export async function prepareStyle(
  request: StyleRequest,
  network: Network,
): Promise<Omit<PreparedStyle, 'request'>> {
  const { kind, seed, styles, size, content, colour, alpha, beta, gamma, loss } = request;
  const layers = layersOf(request, network);
  checkContent(request);
  for (const file of [request.init, ...styles.map(({ mask }) => mask)])
    if (file instanceof Uint8Array) await inspect(file);
  const styleSizes = await Promise.all(styles.map(({ image }) => inspect(image)));
  const target = resultSize(content ? await inspect(content) : styleSizes[0]!, size);

  const contentTap = content !== undefined && alpha > 0 ? layers.contentTap : undefined;
  const styleTaps = styles.length > 0 && beta > 0 ? layers.styleTaps : [];
  const needed = [...styleTaps.map(({ tap }) => tap), ...(contentTap === undefined ? [] : [contentTap])];
  if (needed.length === 0)
    throw new ReverieError('invalid-parameter', 'With both weights at 0 there is nothing to paint.', {
      details: { reason: 'nothing-to-paint' },
    });
  const start = await startOf(request, target);
  const schedule = scheduleOf(network, start);
  const scales = scalesOf(schedule, target, request);
  return {
    ...{ kind, seed, scales, styleTaps, alpha, beta, gamma, loss, colour },
    optimiser: request.optimiser ?? schedule.optimiser,
    parametrisation: request.parametrisation ?? schedule.parametrisation,
    network: network.name,
    plan: { ...planOf(kind, network, scales, needed), technique: 'optimise' },
    pooling: request.pooling ?? network.pooling,
    styles:
      styleTaps.length === 0
        ? []
        : styles.map((style, i) => stylePicture(style, styleSizes[i]!, scales, request.styleScale)),
    ...(content ? { content: hashOf(content) } : {}),
    ...(contentTap === undefined ? {} : { contentTap }),
    ...(start === undefined ? {} : { start }),
  };
}

/** @throws ReverieError `invalid-parameter` where a content picture is needed and missing */
function checkContent({ content, colour, init }: StyleRequest): void {
  if (content) return;
  if (colour !== 'style')
    throw new ReverieError('invalid-parameter', 'Keeping the colours requires a content picture.');
  if (init === 'content' || init === 'instant')
    throw new ReverieError('invalid-parameter', 'Starting from the content requires a content picture.');
}

function stylePicture(
  { image, weight, mask }: StyleRequest['styles'][number],
  own: Size,
  scales: readonly Scale[],
  styleScale: number,
): PreparedStylePicture {
  // A style is never enlarged: blur would be taken for brushwork.
  const longest = ({ width, height }: Size) =>
    Math.min(Math.max(width, height) * styleScale, Math.max(own.width, own.height));
  return {
    picture: hashOf(image),
    weight,
    ...(mask ? { mask: hashOf(mask) } : {}),
    sizes: scales.map((scale) => fitSides(own, Math.round(longest(scale)), SIDE_MIN)),
  };
}

/** Where the optimisation starts; nothing for noise. */
async function startOf(request: StyleRequest, target: Size): Promise<InstantPass | PictureHash | undefined> {
  const { init, content, styles, beta } = request;
  if (init instanceof Uint8Array) return hashOf(init);
  const instant = (init ?? 'instant') === 'instant' && content && styles.length > 0 && beta > 0;
  if (instant)
    return instantPass(
      { ...request, content },
      fitSides(target, Math.min(INSTANT_LONGEST, Math.max(target.width, target.height)), SIDE_MIN),
    );
  const file = { instant: content, content, style: styles[0]?.image, noise: undefined }[init ?? 'content'];
  return file && hashOf(file);
}

/** The layers of the request, or the network's own, with weights that add up to 1. */
export function layersOf(
  { layers, contentLayer }: Pick<StyleRequest, 'layers' | 'contentLayer'>,
  network: Network,
): { readonly contentTap: string; readonly styleTaps: PreparedStyle['styleTaps'] } {
  const own = network.style;
  if (!own)
    throw new ReverieError(
      'invalid-parameter',
      `The network ${network.name} cannot repaint pictures. Choose mini, vgg19 or squeezenet.`,
      { details: { reason: 'no-style-layers', network: network.name } },
    );
  const weights = Object.entries(layers ?? {}).filter(([, weight]) => weight > 0);
  const chosen = weights.length > 0 ? weights : own.styleTaps.map((tap): [string, number] => [tap, 1]);
  const contentTap = contentLayer ?? own.contentTap;
  for (const tap of [contentTap, ...chosen.map(([name]) => name)]) checkTap(network, tap);
  const sum = chosen.reduce((total, [, weight]) => total + weight, 0);
  return { contentTap, styleTaps: chosen.map(([tap, weight]) => ({ tap, weight: weight / sum })) };
}
