import { inspect } from '../image/inspect.js';
import { fitSides } from '../image/planes.js';
import type { Network } from '../networks/network.js';
import { GRID, MULTIPLY_ADDS } from '../networks/swift.js';
import type { PreparedTeach, Size } from '../prepared-run.js';
import type { TeachRequest } from '../requests.js';
import { styleReadingSize } from './instant.js';
import { hashOf } from './pictures.js';
import { resultSize, SIDE_MIN } from './plan.js';
import { layersOf } from './style.js';

/** The losses are computed at a quarter of the size, too. */
const SHORTEST = 64;
/** Pixels of the three sizes at which the losses are computed, over those of the picture. */
const LOSS_PIXELS = 1 + 1 / 4 + 1 / 16;

/** @throws ReverieError `invalid-parameter` for a network without style layers, `image-too-small` */
export async function prepareTeach(
  request: TeachRequest,
  network: Network,
): Promise<Omit<PreparedTeach, 'request'>> {
  const { kind, style, contents, size, steps, seed } = request;
  const { contentTap, styleTaps } = layersOf({}, network);
  const own = await inspect(style);
  const pictures = await Promise.all(
    contents.map(async (content) => ({
      picture: hashOf(content),
      ...onGrid(resultSize(await inspect(content), size, SHORTEST)),
    })),
  );
  const pixels = pictures.reduce((sum, { width, height }) => sum + width * height, 0) / pictures.length;
  const each =
    MULTIPLY_ADDS + LOSS_PIXELS * Math.max(...styleTaps.map(({ tap }) => network.multiplyAdds(tap)));
  const shown = { width: pictures[0]!.width, height: pictures[0]!.height };
  return {
    ...{ kind, seed, contentTap, network: network.name },
    styleTaps: styleTaps.map(({ tap }) => tap),
    style: { picture: hashOf(style), ...styleReadingSize(own) },
    // A style is never enlarged: blur would be taken for brushwork.
    targetSize: fitSides(own, Math.min(size, Math.max(own.width, own.height)), SIDE_MIN),
    contents: pictures,
    scales: [{ ...shown, steps }],
    // Forward and backward.
    plan: { kind, network: network.name, ...shown, scales: 1, steps, cost: 2 * steps * pixels * each },
  };
}

const onGrid = ({ width, height }: Size): Size => ({ width: rounded(width), height: rounded(height) });

const rounded = (side: number): number => GRID * Math.round(side / GRID);
