/** The styles of a run, measured for a scale: mixed into one, or one for each region of the picture. */
import type { Values } from '../engines/engine.js';
import { luma, matchBrightness, matchColours } from '../image/colour.js';
import { emptyPlanes, type Planes } from '../image/planes.js';
import { StatisticsProgram } from '../objectives/measure.js';
import type { FeatureStatistics, Region } from '../objectives/style-terms.js';
import type { PictureHash, PreparedStyle, PreparedStylePicture } from '../prepared-run.js';
import type { RunContext } from './run-context.js';

type Targets = ReadonlyMap<string, FeatureStatistics>;

/** The regions of the result at a scale, by its index; none where the style loss is left out. */
export async function regionsAt(context: RunContext, run: PreparedStyle, scale: number): Promise<Region[]> {
  const { styles } = run;
  if (styles.length === 0) return [];
  const measured: Targets[] = [];
  for (const style of styles) measured.push(await measure(context, run, style, scale));
  if (styles[0]!.mask === undefined) return [{ targets: mixed(measured, styles), share: 1 }];
  const { width, height } = run.scales[scale]!;
  const mask = maskOf(context);
  const areas = await Promise.all(
    styles.map(async (style) => style.weight * area(await mask(style.mask!, width, height))),
  );
  const whole = areas.reduce((a, b) => a + b, 0) || 1;
  return styles.map((style, i) => ({
    targets: measured[i]!,
    share: areas[i]! / whole,
    mask: async (w, h) => normalised(await mask(style.mask!, w, h)),
  }));
}

/** One style's statistics; those of the same picture at the same size are taken from the cache. */
async function measure(
  context: RunContext,
  { colour, content, pooling, styleTaps, scales }: PreparedStyle,
  { picture: file, sizes }: PreparedStylePicture,
  scale: number,
): Promise<Targets> {
  const own = sizes[scale]!;
  const { width, height } = scales[scale]!;
  const taps = styleTaps.map(({ tap }) => tap);
  const key = JSON.stringify([
    context.version,
    pooling,
    taps,
    file,
    own,
    ...(colour === 'style' ? [] : [colour, content, width, height]),
  ]);
  const known = context.targets.get(key);
  if (known) return known;

  const picture = await context.pictures.at(file, own.width, own.height);
  const model = colour === 'style' ? undefined : await context.pictures.at(content!, width, height);
  const program = await StatisticsProgram.compile(context, taps);
  try {
    const targets = await program.of(
      model ? (colour === 'match' ? matchColours : matchBrightness)(picture, model) : picture,
    );
    context.targets.set(key, targets);
    return targets;
  } finally {
    await program.dispose();
  }
}

/**
 * The moments of several styles as if their activations had been poured together. Moments are mixed, not covariances:
 * the spread between the styles' means belongs to the mixture.
 */
function mixed(measured: readonly Targets[], styles: readonly PreparedStylePicture[]): Targets {
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
  ({ pictures }: RunContext) =>
  async (file: PictureHash, width: number, height: number): Promise<Planes> => ({
    channels: 1,
    width,
    height,
    data: luma(await pictures.at(file, width, height)),
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
