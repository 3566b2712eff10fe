/** The ways of painting that the benchmarks compare. */
import { colourMap, colourMoments, mapColours } from '../src/pipeline/image/colour.js';
import { decode } from '../src/pipeline/image/decode.js';
import { clamp, toPlanes, toRaster, type Planes } from '../src/pipeline/image/planes.js';
import { inspect } from '../src/pipeline/image/inspect.js';
import { COLOUR_RIDGE } from '../src/pipeline/networks/swift.js';
import type { Raster } from '../src/pipeline/pictures.js';
import type { Renderer, RenderOptions } from '../src/pipeline/renderer.js';
import type { StyleRequestInput } from '../src/pipeline/requests.js';
import { judgedSize, type Pair } from './pairs.js';

export interface Painting {
  readonly image: Raster;
  readonly seconds: number;
}

/** A painting after so many steps. */
export interface Snapshot extends Painting {
  readonly step: number;
}

export type Method = (renderer: Renderer, pair: Pair, options?: RenderOptions) => Promise<Painting>;

const METHODS: Readonly<Record<string, Method>> = {
  content: byColours((content) => content),
  recoloured: byColours((content, style) => {
    const map = colourMap(colourMoments(content), colourMoments(style), COLOUR_RIDGE);
    const matched = mapColours(content, map);
    clamp(matched.data);
    return matched;
  }),
  swift: rendered({ technique: 'instant' }),
  mini: rendered({ network: 'mini' }),
  vgg19: rendered({ network: 'vgg19' }),
};

export const METHOD_NAMES: readonly string[] = Object.keys(METHODS);

/**
 * @param text a method's name, or NAME=JSON for a style request's settings under a name of one's own:
 *   `short={"network":"vgg19","steps":60}`
 */
export function openMethod(text: string): { readonly name: string; readonly paint: Method } {
  const [name = '', ...json] = text.split('=');
  if (json.length > 0) return { name, paint: rendered(JSON.parse(json.join('=')) as Settings) };
  const paint = METHODS[name];
  if (!paint)
    throw new Error(`There is no method “${name}”: use ${METHOD_NAMES.join(', ')} or NAME={…settings}`);
  return { name, paint };
}

type Settings = Omit<StyleRequestInput, 'kind' | 'content' | 'styles' | 'size'>;

/** A style request with these settings and defaults for the rest. */
function rendered(settings: Settings): Method {
  return async (renderer, { content, style, size }, options) => {
    const longest = Math.max(size.width, size.height);
    const styles = [{ image: style }];
    const prepared = await renderer.prepare({ ...settings, kind: 'style', content, styles, size: longest });
    const { image, trace } = await renderer.render(prepared, options);
    return { image, seconds: trace.seconds };
  };
}

/** What can be had without any network. */
function byColours(paint: (content: Planes, style: Planes) => Planes): Method {
  return async (_, { content, style, size }) => {
    const begun = performance.now();
    const styleSize = judgedSize(await inspect(style), Math.max(size.width, size.height));
    const at = async (file: Uint8Array, { width, height }: typeof size) =>
      toPlanes(await decode(file, width, height));
    const image = toRaster(paint(await at(content, size), await at(style, styleSize)));
    return { image, seconds: (performance.now() - begun) / 1000 };
  };
}
