/** Paints pictures with swift, in the styles of one pass. */
import type { Bindings, Executable, Values } from '../engines/engine.js';
import {
  colourMap,
  colourMoments,
  greyOf,
  mapColours,
  withChromaOf,
  type ColourMap,
} from '../image/colour.js';
import {
  clamp,
  crop,
  emptyPlanes,
  fitSides,
  paste,
  reflectedTo,
  resizeBilinear,
  type Planes,
} from '../image/planes.js';
import { tiles, type Rectangle } from '../image/tiles.js';
import type { Modulation } from '../networks/style-code.js';
import {
  maskBindings,
  modulationBindings,
  returnedStatistics,
  swiftProgram,
  withStatistics,
  type LayerStatistics,
  type SwiftVariant,
} from './swift-programs.js';
import { COLOUR_RIDGE, GRID, HALO } from '../networks/swift.js';
import { imageValues } from '../objectives/pictures.js';
import type { InstantPass, Size } from '../prepared-run.js';
import type { PaintContext } from './run-context.js';
import { regionsOf, type Region } from './style-regions.js';

/** Larger pictures are painted in tiles, with the statistics of a picture of this size. */
const WHOLE_MAX = 1024;
const TILING = { side: 768, halo: HALO, grid: GRID };

/** What is fixed by the first picture of several that belong together. */
interface Held {
  readonly maps: readonly ColourMap[];
  readonly statistics: LayerStatistics;
}

export class Painter {
  #held: Held | undefined;
  #given: Promise<Executable> | undefined;

  private constructor(
    private readonly context: PaintContext,
    private readonly pass: InstantPass,
    private readonly regions: readonly Region[],
  ) {}

  /** Reads the styles. */
  static async open(context: PaintContext, pass: InstantPass): Promise<Painter> {
    return new Painter(context, pass, await regionsOf(context, pass));
  }

  /** The content picture, painted. */
  async paint(): Promise<Planes> {
    const { content, width, height } = this.pass;
    const { pictures } = this.context;
    const picture = await pictures.at(content, width, height);
    if (Math.max(width, height) <= WHOLE_MAX) return this.#finish(await this.#whole(picture), picture);
    const small = fitSides(this.pass, WHOLE_MAX);
    await this.#hold(await pictures.at(content, small.width, small.height));
    return this.#finish(await this.#tiled(picture), picture);
  }

  /** A frame of an animation. The statistics of the first are kept for the others, so that they do not flicker. */
  async paintFrame(frame: Planes): Promise<Planes> {
    if (!this.#held) await this.#hold(frame);
    return this.#finish(await this.#tiled(frame), frame);
  }

  #finish(painted: Planes, picture: Planes): Planes {
    return this.pass.colour === 'luminance' ? withChromaOf(painted, picture) : painted;
  }

  /** Normalised by its own statistics. */
  async #whole(picture: Planes): Promise<Planes> {
    const program = await this.#program('own');
    const { picture: painted } = await this.#run(program, picture, this.#maps(picture), this.#modulations());
    return painted;
  }

  async #hold(picture: Planes): Promise<void> {
    const program = await this.#program('returned');
    const maps = this.#maps(picture);
    const { results } = await this.#run(program, picture, maps, this.#modulations());
    await program.dispose();
    this.#held = { maps, statistics: returnedStatistics(results) };
  }

  /** Normalised by the statistics that are held, tile by tile: no seam shows, because tiles share them. */
  async #tiled(picture: Planes): Promise<Planes> {
    const { maps, statistics } = this.#held!;
    const modulations = this.#modulations().map((modulation) => withStatistics(modulation, statistics));
    const program = await this.#program('given');
    const result = emptyPlanes(3, picture.width, picture.height);
    for (const { core, ...tile } of tiles(picture.width, picture.height, TILING)) {
      const { picture: painted } = await this.#run(program, crop(picture, tile), maps, modulations, {
        within: picture,
        tile,
      });
      const at = { ...core, left: core.left - tile.left, top: core.top - tile.top };
      paste(result, crop(painted, at), core.left, core.top);
    }
    return result;
  }

  #modulations(): Modulation[] {
    return this.regions.map(({ style }) => style.modulation);
  }

  /** The map of the picture's colours to those of each region's style. */
  #maps(picture: Planes): ColourMap[] {
    const own = colourMoments(this.#seen(picture));
    return this.regions.map(({ style }) => colourMap(own, style.colours, COLOUR_RIDGE));
  }

  /** What is painted: without its colours if they come back at the end. */
  #seen(picture: Planes): Planes {
    return this.pass.colour === 'luminance' ? greyOf(picture) : picture;
  }

  /** The usual one stays compiled between runs. The others hold much memory and are disposed of when the run ends. */
  #program(statistics: SwiftVariant['statistics']): Promise<Executable> {
    const { engine, generator } = this.context;
    const variant = { regions: this.regions.length, statistics };
    const program = () => swiftProgram(generator.weights, variant);
    switch (statistics) {
      case 'own':
        return engine.compileOnce(`swift ${generator.version} ${variant.regions}`, program);
      case 'returned':
        return engine.compile(program());
      case 'given':
        return (this.#given ??= engine.compile(program()));
    }
  }

  /** @param place where the picture lies within the one that the masks belong to */
  async #run(
    program: Executable,
    picture: Planes,
    maps: readonly ColourMap[],
    modulations: readonly Modulation[],
    place: { readonly within: Size; readonly tile: Rectangle } = {
      within: picture,
      tile: { left: 0, top: 0, width: picture.width, height: picture.height },
    },
  ): Promise<{ readonly picture: Planes; readonly results: Readonly<Record<string, Values>> }> {
    const { width, height } = picture;
    const even = { width: multipleOfGrid(width), height: multipleOfGrid(height) };
    const masks = this.regions.map(({ mask }) => {
      if (!mask) return undefined;
      const whole = resizeBilinear(mask, place.within.width, place.within.height);
      return reflectedTo(crop(whole, place.tile), even.width, even.height);
    });
    const mapped = maps.map((map) => mapColours(this.#seen(picture), map));
    for (const { data } of mapped) clamp(data);
    const matched = blend(
      mapped.map((part) => reflectedTo(part, even.width, even.height)),
      masks,
    );
    const results = await program.run({
      matched: imageValues(matched),
      ...modulationBindings(modulations),
      ...(masks[0] ? masksAt(masks as Planes[]) : {}),
    });
    const painted = { channels: 3, ...even, data: results.picture!.data };
    return { picture: crop(painted, { left: 0, top: 0, width, height }), results };
  }
}

const multipleOfGrid = (side: number): number => Math.ceil(side / GRID) * GRID;

/** Σ mask·part. */
function blend(parts: readonly Planes[], masks: readonly (Planes | undefined)[]): Planes {
  if (!masks[0]) return parts[0]!;
  const { width, height } = parts[0]!;
  const area = width * height;
  const result = emptyPlanes(3, width, height);
  for (const [r, { data }] of parts.entries())
    for (let i = 0; i < data.length; i++) result.data[i]! += masks[r]!.data[i % area]! * data[i]!;
  return result;
}

/** The masks at the sizes of swift's layers. */
function masksAt(masks: readonly Planes[]): Bindings {
  const { width, height } = masks[0]!;
  const sizes = new Map(
    [1, 2, 4].map((step) => [step, masks.map((mask) => resizeBilinear(mask, width / step, height / step))]),
  );
  return maskBindings(masks.length, (region, step) => imageValues(sizes.get(step)![region]!));
}
