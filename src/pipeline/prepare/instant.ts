import { ReverieError } from '../../errors.js';
import { selectFrames } from '../image/frames.js';
import { inspect } from '../image/inspect.js';
import { fitSides } from '../image/planes.js';
import { READING_SIZE } from '../networks/style-code.js';
import { MULTIPLY_ADDS } from '../networks/swift.js';
import { readTaught } from '../networks/taught-style.js';
import { mini } from '../networks/vgg.js';
import type { InstantPass, Plan, PreparedInstant, Size } from '../prepared-run.js';
import { GENERATOR, SIZE_RANGE, type StyleRequest } from '../requests.js';
import { hashOf } from './pictures.js';
import { resultSize, SIDE_MIN } from './plan.js';

/** Exaggerated further, a style falls apart. */
const STRENGTH_MAX = 1.5;
/** The balance of the weights at which the style is applied as it is. */
const BALANCE = 10;

const refused = (sentence: string, reason: string): ReverieError =>
  new ReverieError('invalid-parameter', sentence, { details: { reason } });

/** @throws ReverieError `invalid-parameter` where a picture is missing, or where an option is given that only optimisation has */
export async function prepareInstant(request: StyleRequest): Promise<Omit<PreparedInstant, 'request'>> {
  const { content, styles, network, layers, contentLayer, init, size, seed } = request;
  if (!content || styles.length === 0)
    throw refused('An instant picture requires a content picture and a style.', 'instant-pictures');
  if (network ?? request.steps ?? layers ?? contentLayer ?? init)
    throw refused(
      'An instant picture is painted in one pass of swift: leave out the network, layers, steps and start.',
      'instant-options',
    );
  const own = await inspect(content);
  const animation = await selectFrames(content);
  // Enlarged, an animation would only be harder to fit into an upload.
  const longest = animation ? Math.min(size, Math.max(own.width, own.height, SIZE_RANGE.min)) : size;
  const target = resultSize(own, longest);
  // A fine brush would otherwise ask for a picture that no memory holds.
  const brushed = Math.min(SIZE_RANGE.max, Math.round(longest / request.styleScale));
  const run = fitSides(target, brushed, SIDE_MIN);
  const pass = await instantPass({ ...request, content }, run);
  const steps = animation?.indices.length ?? 1;
  const plan: Plan = {
    ...{ kind: 'style', technique: 'instant', network: GENERATOR, ...target },
    ...{ scales: 1, steps, cost: steps * instantCost(pass) },
    ...(animation ? { frames: steps } : {}),
  };
  return {
    ...{ kind: 'instant', seed, pass, plan, scales: [{ ...target, steps }] },
    ...(animation ? { animation } : {}),
  };
}

type Painting = Pick<StyleRequest, 'styles' | 'alpha' | 'beta' | 'colour'> & { readonly content: Uint8Array };

/** @param run the size at which the network runs */
export async function instantPass(
  { content, styles, alpha, beta, colour }: Painting,
  run: Size,
): Promise<InstantPass> {
  return {
    ...run,
    content: hashOf(content),
    colour,
    strength: Math.min(STRENGTH_MAX, Math.max(0, 1 + 0.5 * Math.log10(beta / alpha / BALANCE))) || 0,
    styles: await Promise.all(
      styles.map(async ({ image, weight, mask, taught }) => {
        if (taught) readTaught(taught);
        if (mask) await inspect(mask);
        const own = await inspect(image);
        return {
          ...styleReadingSize(own),
          picture: hashOf(image),
          weight,
          ...(mask ? { mask: hashOf(mask) } : {}),
          ...(taught ? { taught: hashOf(taught) } : {}),
        };
      }),
    ),
  };
}

/** The size at which a style picture is read. Smaller ones are not enlarged. */
export const styleReadingSize = (own: Size): Size =>
  fitSides(own, Math.min(READING_SIZE, Math.max(own.width, own.height)), SIDE_MIN);

/** Multiply-adds of a pass. */
export function instantCost({ width, height, styles }: InstantPass): number {
  const read = styles.reduce((sum, style) => sum + style.width * style.height, 0);
  return width * height * MULTIPLY_ADDS + read * mini.multiplyAdds('block5_conv1');
}
