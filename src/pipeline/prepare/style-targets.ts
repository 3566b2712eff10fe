/** The styles of a request, measured at a size: mixed into one, or one for each region of the picture. */
import { createHash } from 'node:crypto';
import type { ImageInfo } from '../pictures.js';
import type { StyleRequest } from '../requests.js';
import type { Values } from '../engines/engine.js';
import { luma, matchBrightness, matchColours } from '../image/colour.js';
import { emptyPlanes, fitSides, type Planes } from '../image/planes.js';
import { StatisticsProgram } from '../objectives/measure.js';
import type { FeatureStatistics, Region } from '../objectives/style-terms.js';
import type { RunContext } from '../recipes/run-context.js';
import { decodedAt, SIDE_MIN } from './prepared-run.js';

type Targets = ReadonlyMap<string, FeatureStatistics>;

type Style = StyleRequest['styles'][number];

export class StyleTargets {
  readonly masked: boolean;
  readonly regions: number;

  /** @param sizes of the style pictures, in their order @param taps the style layers */
  constructor(
    private readonly request: StyleRequest,
    private readonly sizes: readonly ImageInfo[],
    private readonly taps: readonly string[],
  ) {
    this.masked = request.styles.some(({ mask }) => mask);
    this.regions = this.masked ? request.styles.length : 1;
  }

  /** The regions of a result of this size. */
  async regionsAt(context: RunContext, width: number, height: number): Promise<Region[]> {
    const { styles } = this.request;
    const measured: Targets[] = [];
    for (const i of styles.keys()) measured.push(await this.#measure(context, i, width, height));
    if (!this.masked) return [{ targets: mixed(measured, styles), share: 1 }];
    const areas = await Promise.all(
      styles.map(async ({ mask, weight }) => weight * area(await maskOf(mask!)(width, height))),
    );
    const whole = areas.reduce((a, b) => a + b, 0) || 1;
    return styles.map(({ mask }, i) => ({
      targets: measured[i]!,
      share: areas[i]! / whole,
      mask: async (w, h) => normalised(await maskOf(mask!)(w, h)),
    }));
  }

  /** One style's statistics; those of the same picture at the same size are taken from the cache. */
  async #measure(context: RunContext, index: number, width: number, height: number): Promise<Targets> {
    const { colour, content, styleScale, pooling } = this.request;
    const { image } = this.request.styles[index]!;
    const size = this.sizes[index]!;
    // A style is never enlarged: blur would be taken for brushwork.
    const longest = Math.min(Math.max(width, height) * styleScale, Math.max(size.width, size.height));
    const own = fitSides(size, Math.round(longest), SIDE_MIN);
    const key = JSON.stringify([
      context.version,
      pooling,
      this.taps,
      hash(image),
      own,
      ...(colour === 'style' ? [] : [colour, hash(content!), width, height]),
    ]);
    const known = context.targets.get(key);
    if (known) return known;

    const picture = await decodedAt(image)(own.width, own.height);
    const model = colour === 'style' ? undefined : await decodedAt(content!)(width, height);
    const measure = await StatisticsProgram.compile(context, this.taps);
    try {
      const targets = await measure.of(
        model ? (colour === 'match' ? matchColours : matchBrightness)(picture, model) : picture,
      );
      context.targets.set(key, targets);
      return targets;
    } finally {
      await measure.dispose();
    }
  }
}

const hash = (file: Uint8Array): string => createHash('sha256').update(file).digest('hex');

/**
 * The moments of several styles as if their activations had been poured together. Moments are mixed, not covariances:
 * the spread between the styles' means belongs to the mixture.
 */
function mixed(measured: readonly Targets[], styles: readonly Style[]): Targets {
  if (measured.length === 1) return measured[0]!;
  const sum = styles.reduce((total, { weight }) => total + weight, 0) || 1;
  const shares = styles.map(({ weight }) => weight / sum);
  const mix = (parts: readonly Values[]): Values => ({
    shape: parts[0]!.shape,
    data: parts[0]!.data.map((_, i) =>
      parts.reduce((total, { data }, k) => total + shares[k]! * data[i]!, 0),
    ),
  });
  return new Map(
    [...measured[0]!.keys()].map((tap) => [
      tap,
      {
        second: mix(measured.map((targets) => targets.get(tap)!.second)),
        mean: mix(measured.map((targets) => targets.get(tap)!.mean)),
      },
    ]),
  );
}

const maskOf =
  (file: Uint8Array) =>
  async (width: number, height: number): Promise<Planes> => ({
    channels: 1,
    width,
    height,
    data: luma(await decodedAt(file)(width, height)),
  });

/** Mean of T². */
const area = ({ data }: Planes): number => data.reduce((sum, t) => sum + t * t, 0) / data.length;

/** The mask with mean T² = 1; one that is black everywhere stays so. */
function normalised(mask: Planes): Planes {
  const factor = 1 / Math.sqrt(area(mask) || 1);
  const result = emptyPlanes(1, mask.width, mask.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = mask.data[i]! * factor;
  return result;
}
