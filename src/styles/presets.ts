import { ReverieError } from '../errors.js';
import { drawStyle, DRAWN } from './drawn/index.js';
import type { LibraryStyle, StyleLibrary } from './style-library.js';

/** The style pictures there are: those the program draws, when first asked for, and those of a shelf, as it is then. */
export interface Presets {
  list(): Promise<readonly { name: string; title: string }[]>;
  /** The picture as a PNG file. Throws `unknown-preset`. */
  png(name: string): Promise<Uint8Array>;
}

/** A painting is known by its title and its painter. */
const titleOf = ({ card: { title, artist } }: LibraryStyle): string =>
  artist === undefined ? title : `${title} (${artist})`;

export function createPresets(library?: StyleLibrary): Presets {
  const drawn = new Map<string, Promise<Uint8Array>>();

  async function list() {
    const shelved = (await library?.list()) ?? [];
    return [
      ...DRAWN.map(({ name, title }) => ({ name, title })),
      ...shelved.map((style) => ({ name: style.name, title: titleOf(style) })),
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
    async png(name) {
      const preset = DRAWN.find((candidate) => candidate.name === name);
      if (!preset) {
        const shelved = (await list()).some((candidate) => candidate.name === name);
        if (library && shelved) return library.png(name);
        throw await unknown(name);
      }
      let bytes = drawn.get(name);
      if (!bytes) {
        bytes = drawStyle(preset);
        drawn.set(name, bytes);
        // A failed drawing is not remembered.
        bytes.catch(() => drawn.delete(name));
      }
      return (await bytes).slice();
    },
  };
}
