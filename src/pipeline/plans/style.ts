import { ReverieError } from '../../errors.js';
import type { StyleRequest } from '../contract.js';
import { inspect } from '../image/files.js';
import { fitSides } from '../image/planes.js';
import type { Network } from '../networks/network.js';
import type { Scale } from '../recipes/run.js';
import { paint } from '../recipes/style.js';
import { describe, planesOf, resultSize, SIDE_MIN, type Undertaking } from './undertaking.js';

/** Coarsest scale of the pyramid, and its steps; each finer one, √2 larger, gets a bit over half as many. */
const START = { longest: 160, steps: 150, decay: 0.55, fewest: 20 };

export async function planStyle(request: StyleRequest, network: Network): Promise<Undertaking> {
  if (!network.style)
    throw new ReverieError(
      'invalid-parameter',
      `The network ${network.name} has no layers for style; mini and vgg19 have.`,
      { details: { network: network.name } },
    );
  const { styles, content, alpha, beta } = request;
  const style = styles[0]!.image;
  const own = await inspect(style);
  const target = resultSize(await inspect(content ?? style), request.size);
  const sizes = [target];
  for (let longest = request.size / Math.SQRT2; longest >= START.longest; longest /= Math.SQRT2)
    sizes.unshift(fitSides(target, longest, SIDE_MIN));
  const steps = sizes.map((_, i) => Math.max(START.fewest, Math.round(START.steps * START.decay ** i)));
  const scales = distribute(sizes, steps, request.steps);
  const deepest = [...network.style.styleTaps, network.style.contentTap].reduce((a, b) =>
    network.multiplyAdds(b) > network.multiplyAdds(a) ? b : a,
  );
  return {
    plan: describe(request.kind, network, scales, deepest),
    network,
    scales,
    run: async (studio) => ({
      image: await paint(studio, {
        alpha,
        beta,
        scales,
        content: planesOf(content!),
        style: (longest) => {
          const { width, height } = fitSides(
            own,
            Math.min(longest, Math.max(own.width, own.height)),
            SIDE_MIN,
          );
          return planesOf(style)(width, height);
        },
      }),
    }),
  };
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
