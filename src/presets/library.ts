import { ReverieError } from '../errors.js';
import { rasterise } from '../pipeline/image/svg.js';
import type { Drawing } from './draw.js';
import { geometric } from './styles/geometric.js';
import { ink } from './styles/ink.js';
import { mosaic } from './styles/mosaic.js';
import { pointillism } from './styles/pointillism.js';
import { stainedGlass } from './styles/stained-glass.js';
import { starry } from './styles/starry.js';
import { watercolour } from './styles/watercolour.js';
import { woodcut } from './styles/woodcut.js';

/** The style pictures that ship with Reverie. They are drawn by the program itself, when first asked for. */
export interface PresetLibrary {
  list(): readonly { name: string; title: string }[];
  /** The picture as a PNG file. Throws `unknown-preset`. */
  png(name: string): Promise<Uint8Array>;
}

const presets: readonly { name: string; title: string; draw: () => Drawing }[] = [
  { name: 'starry', title: 'Swirling night', draw: starry },
  { name: 'woodcut', title: 'Woodcut waves', draw: woodcut },
  { name: 'mosaic', title: 'Mosaic', draw: mosaic },
  { name: 'stained-glass', title: 'Stained glass', draw: stainedGlass },
  { name: 'pointillism', title: 'Pointillism', draw: pointillism },
  { name: 'ink', title: 'Ink hatching', draw: ink },
  { name: 'watercolour', title: 'Watercolour', draw: watercolour },
  { name: 'geometric', title: 'Geometric abstraction', draw: geometric },
];

export function createPresetLibrary(): PresetLibrary {
  const drawn = new Map<string, Promise<Uint8Array>>();
  const list = presets.map(({ name, title }) => ({ name, title }));
  return {
    list: () => list,
    async png(name) {
      const preset = presets.find((candidate) => candidate.name === name);
      if (!preset) {
        const names = presets.map((candidate) => candidate.name).join(', ');
        throw new ReverieError('unknown-preset', `I have no style called “${name}”. There is: ${names}.`, {
          details: { name, names },
        });
      }
      let bytes = drawn.get(name);
      if (!bytes) {
        const { svg, width, height } = preset.draw();
        bytes = rasterise(svg, width, height);
        drawn.set(name, bytes);
        // A failed drawing is not remembered.
        bytes.catch(() => drawn.delete(name));
      }
      return (await bytes).slice();
    },
  };
}
