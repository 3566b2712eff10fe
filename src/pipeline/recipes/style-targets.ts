/** What a style transfer aims at: the content's activations and the statistics of the styles, measured for a scale. */
import type { Values } from '../engines/engine.js';
import type { Input } from '../graph/graph.js';
import { greyOf, luma, matchBrightness, matchColours } from '../image/colour.js';
import { emptyPlanes, type Planes } from '../image/planes.js';
import type { Encoder } from '../networks/encoder.js';
import { StatisticsProgram } from '../objectives/feature-statistics.js';
import type { Targets, Term } from '../objectives/objective.js';
import { mapSize } from '../objectives/pictures.js';
import { CovarianceRoots, type FeatureStatistics, type StyleTerm } from '../objectives/style.js';
import type { PictureHash, PreparedStyle, PreparedStylePicture } from '../prepared-run.js';
import type { RunContext } from './run-context.js';

type LayerStatistics = ReadonlyMap<string, FeatureStatistics>;

/** One style: its statistics by layer, its share of the picture, 0 to 1, and its mask unless it goes everywhere. */
interface Region {
  readonly statistics: LayerStatistics;
  readonly share: number;
  readonly mask?: PictureHash;
}

export class StyleTargets {
  readonly #roots: CovarianceRoots;
  #program: StatisticsProgram | undefined;

  constructor(
    private readonly context: RunContext,
    private readonly encoder: Encoder,
    private readonly run: PreparedStyle,
    private readonly terms: { readonly content: Term | undefined; readonly styles: readonly StyleTerm[] },
  ) {
    this.#roots = new CovarianceRoots(context.engine);
  }

  /** @param scale its index */
  async at(scale: number): Promise<Targets> {
    const { content, styles } = this.terms;
    const { width, height } = this.run.scales[scale]!;
    const regions = await this.#regions(scale);
    const values = new Map<Input, Values>();
    const masks = new Map<Input, Planes>();
    const factors = new Map<string, number>();
    for (const term of styles) {
      const { statistics, share, mask } = regions[term.region]!;
      const own = statistics.get(term.layer)!;
      for (const [input, value] of await term.targets(own, this.#roots)) values.set(input, value);
      factors.set(term.name, share / term.energy(own));
      if (!term.mask) continue;
      const size = mapSize(this.encoder.tap(term.layer).shape, { width, height });
      masks.set(term.mask, normalised(await this.#mask(mask!, size.width, size.height)));
    }
    const references = new Map<Input, Planes>();
    if (content) references.set(content.reference!, await this.#content(width, height));
    return { factors, values, masks, references };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#program?.dispose(), this.#roots.dispose()]);
  }

  /** The picture that the content loss compares with. */
  async #content(width: number, height: number): Promise<Planes> {
    const picture = await this.context.pictures.at(this.run.content!, width, height);
    return this.run.colour === 'luminance' ? greyOf(picture) : picture;
  }

  /** All styles mixed into one region, or a region each if they have masks. */
  async #regions(scale: number): Promise<Region[]> {
    const { styles, scales } = this.run;
    if (styles.length === 0) return [];
    const measured: LayerStatistics[] = [];
    for (const style of styles) measured.push(await this.#measure(style, scale));
    if (styles[0]!.mask === undefined) return [{ statistics: mixed(measured, styles), share: 1 }];
    const { width, height } = scales[scale]!;
    const areas = await Promise.all(
      styles.map(async ({ weight, mask }) => weight * area(await this.#mask(mask!, width, height))),
    );
    const whole = areas.reduce((a, b) => a + b, 0) || 1;
    return styles.map(({ mask }, i) => ({
      statistics: measured[i]!,
      share: areas[i]! / whole,
      ...(mask === undefined ? {} : { mask }),
    }));
  }

  /** One style's statistics. Those of the same picture at the same size come from the cache. */
  async #measure({ picture: file, sizes }: PreparedStylePicture, scale: number): Promise<LayerStatistics> {
    const { version, targets: cache, pictures, engine } = this.context;
    const { colour, content, pooling, styleTaps, scales } = this.run;
    const own = sizes[scale]!;
    const { width, height } = scales[scale]!;
    const taps = styleTaps.map(({ tap }) => tap);
    const coloured = colour === 'style' ? [] : [colour, content, width, height];
    const key = JSON.stringify([version, pooling, taps, file, own, ...coloured]);
    const known = cache.get(key);
    if (known) return known;

    const picture = await pictures.at(file, own.width, own.height);
    const model = colour === 'style' ? undefined : await pictures.at(content!, width, height);
    this.#program ??= await StatisticsProgram.compile(engine, this.encoder, taps);
    const statistics = await this.#program.of(
      model ? (colour === 'match' ? matchColours : matchBrightness)(picture, model) : picture,
    );
    cache.set(key, statistics);
    return statistics;
  }

  async #mask(file: PictureHash, width: number, height: number): Promise<Planes> {
    const picture = await this.context.pictures.at(file, width, height);
    return { channels: 1, width, height, data: luma(picture) };
  }
}

/**
 * The moments of several styles as if their activations had been pooled. The moments are mixed, not the covariances:
 * the spread between the styles' means is part of the mixture.
 */
function mixed(
  measured: readonly LayerStatistics[],
  styles: readonly PreparedStylePicture[],
): LayerStatistics {
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
        second: mix(measured.map((statistics) => statistics.get(tap)!.second)),
        mean: mix(measured.map((statistics) => statistics.get(tap)!.mean)),
      },
    ]),
  );
}

/** Mean of T². */
const area = ({ data }: Planes): number => data.reduce((sum, t) => sum + t * t, 0) / data.length;

/** The mask with mean T² = 1, unless it is black everywhere. */
function normalised(mask: Planes): Planes {
  const factor = 1 / Math.sqrt(area(mask) || 1);
  const result = emptyPlanes(1, mask.width, mask.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = mask.data[i]! * factor;
  return result;
}
