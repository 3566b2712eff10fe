import { ReverieError } from '../errors.js';
import { drawStyle, DRAWN, type DrawnStyle } from './drawn/index.js';
import type { LibraryStyle, StyleLibrary } from './style-library.js';

export interface Preset {
  readonly name: string;
  readonly title: string;
  /** It came hidden, so pictures in this style are hidden too. */
  readonly hidden?: boolean;
}

/** The style pictures that members choose by name: those that Reverie draws and those in the operator's library. */
export interface Presets {
  /** Lists the library as it is now. */
  list(): Promise<readonly Preset[]>;
  /**
   * The picture as a PNG file.
   * @throws ReverieError `unknown-preset`
   */
  png(name: string): Promise<Uint8Array>;
  /** The file of what swift was taught of a preset; undefined where it was not taught. */
  taught(name: string): Promise<Uint8Array | undefined>;
}

/** Paintings are listed with their painter. */
const titleOf = ({ card: { title, artist } }: LibraryStyle): string =>
  artist === undefined ? title : `${title} (${artist})`;

/** @param draw draws a preset as a PNG file; at most once, unless it fails */
export function createPresets(
  library?: StyleLibrary,
  draw: (style: DrawnStyle) => Promise<Uint8Array> = drawStyle,
): Presets {
  /** Pictures that were drawn already, or are being drawn. */
  const drawn = new Map<string, Promise<Uint8Array>>();

  async function list() {
    const stored = (await library?.list()) ?? [];
    return [
      ...DRAWN.map(({ name, title }) => ({ name, title })),
      ...stored.map((style) => ({ name: style.name, title: titleOf(style) })),
    ];
  }

  async function unknown(name: string): Promise<ReverieError> {
    const names = (await list()).map((preset) => preset.name).join(', ');
    return new ReverieError('unknown-preset', `There is no preset called “${name}”. Available: ${names}.`, {
      details: { reason: 'name', name, names },
    });
  }

  return {
    list,
    taught: async (name) => library?.taught(name),
    async png(name) {
      const preset = DRAWN.find((candidate) => candidate.name === name);
      if (!preset) {
        const stored = (await list()).some((candidate) => candidate.name === name);
        if (library && stored) return library.png(name);
        throw await unknown(name);
      }
      let bytes = drawn.get(name);
      if (!bytes) {
        bytes = draw(preset);
        drawn.set(name, bytes);
        // A drawing that failed is drawn again next time.
        bytes.catch(() => drawn.delete(name));
      }
      return (await bytes).slice();
    },
  };
}

/** Draws the presets one after the other, so that the first sheet of styles need not wait for them. */
export async function drawAhead(presets: Presets, signal: AbortSignal): Promise<void> {
  for (const { name } of DRAWN) {
    if (signal.aborted) return;
    await presets.png(name);
  }
}
