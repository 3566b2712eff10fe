/** The styles of an instant pass as swift takes them, and where in the picture they go. */
import { colourMoments, luma, matchBrightness, matchColours, mixColourMoments } from '../image/colour.js';
import { fitSides, type Planes } from '../image/planes.js';
import { createEncoder } from '../networks/encoder.js';
import { CODE_TAPS, codeOf, mixModulations, modulationOf, READING_SIZE } from '../networks/style-code.js';
import { readTaught } from '../networks/taught-style.js';
import { mini } from '../networks/vgg.js';
import { imageInput, imageValues } from '../objectives/pictures.js';
import type { InstantPass, PictureHash, Size } from '../prepared-run.js';
import type { PaintContext, StyleReading } from './run-context.js';

/** A style, and where it goes: 0 to 1 at each pixel, adding up to 1 over the regions. Everywhere without a mask. */
export interface Region {
  readonly style: StyleReading;
  readonly mask?: Planes;
}

/** The styles mixed into one region, or a region for each mask and one for the rest of the picture. */
export async function regionsOf(context: PaintContext, pass: InstantPass): Promise<Region[]> {
  const { styles, strength, content } = pass;
  const masked = styles[0]!.mask !== undefined;
  const readings: StyleReading[] = [];
  for (const style of styles) {
    const reading = await readStyle(context, style, pass);
    readings.push({ ...reading, ...taughtModulation(context, style) });
  }
  // Where no style applies, and as far as one does not apply, the content keeps its own.
  const own =
    strength === 1 && !masked
      ? undefined
      : await readPicture(context, { picture: content, ...readingSize(pass) });
  const applied = (style: StyleReading) =>
    own && strength !== 1 ? mix([own, style], [1 - strength, strength]) : style;
  if (!masked) {
    const sum = styles.reduce((total, { weight }) => total + weight, 0) || 1;
    return [
      {
        style: applied(
          mix(
            readings,
            styles.map(({ weight }) => weight / sum),
          ),
        ),
      },
    ];
  }
  const masks = await masksOf(context, pass);
  return [...readings.map(applied), own!].map((style, r) => ({ style, mask: masks[r]! }));
}

/** Shares that are negative or above 1 exaggerate the modulation. Colours are not exaggerated. */
function mix(parts: readonly StyleReading[], shares: readonly number[]): StyleReading {
  if (parts.length === 1) return parts[0]!;
  const bounded = shares.map((share) => Math.min(1, Math.max(0, share)));
  return {
    colours: mixColourMoments(
      parts.map(({ colours }) => colours),
      bounded,
    ),
    modulation: mixModulations(
      parts.map(({ modulation }) => modulation),
      shares,
    ),
  };
}

/** The size at which a picture is read: smaller ones are not enlarged. */
export const readingSize = (own: Size): Size =>
  fitSides(own, Math.min(READING_SIZE, Math.max(own.width, own.height)));

/** The modulation that swift was taught for the style; nothing if it was taught none, or another swift was. */
function taughtModulation(
  { generator, pictures, warn }: PaintContext,
  { taught }: InstantPass['styles'][number],
): Pick<StyleReading, 'modulation'> | undefined {
  if (taught === undefined) return undefined;
  const { swift, modulation } = readTaught(pictures.file(taught));
  if (swift === generator.sha256) return { modulation };
  warn('A style was taught to another version of swift. It is painted untaught until it is taught again.');
  return undefined;
}

type SizedPicture = Size & { readonly picture: PictureHash };

async function readStyle(
  context: PaintContext,
  style: SizedPicture,
  pass: InstantPass,
): Promise<StyleReading> {
  const { colour, content } = pass;
  if (colour === 'style') return readPicture(context, style);
  const { width, height } = readingSize(pass);
  const [picture, model] = await Promise.all([
    context.pictures.at(style.picture, style.width, style.height),
    context.pictures.at(content, width, height),
  ]);
  return read(context, (colour === 'match' ? matchColours : matchBrightness)(picture, model));
}

/** Readings are kept between runs. */
export async function readPicture(
  context: PaintContext,
  { picture, width, height }: SizedPicture,
): Promise<StyleReading> {
  const { generator, readings, pictures } = context;
  const key = [generator.version, picture, width, height].join();
  const known = readings.get(key);
  if (known) return known;
  const reading = await read(context, await pictures.at(picture, width, height));
  readings.set(key, reading);
  return reading;
}

async function read({ engine, generator }: PaintContext, picture: Planes): Promise<StyleReading> {
  const program = await engine.compileOnce(`style code ${generator.version}`, () => {
    const activations = createEncoder(mini, generator.reader, { pooling: 'average', edges: 'zeros' }).encode(
      imageInput(),
    );
    return { outputs: Object.fromEntries(CODE_TAPS.map((tap) => [tap, activations.get(tap)!])) };
  });
  const activations = await program.run({ image: imageValues(picture) });
  const code = codeOf(CODE_TAPS.map((tap) => activations[tap]!));
  return { colours: colourMoments(picture), modulation: modulationOf(code, generator.weights) };
}

/** Each style's mask and, last, the rest of the picture, at the size of the pass; where masks overlap they share. */
async function masksOf(
  { pictures }: PaintContext,
  { styles, width, height }: InstantPass,
): Promise<Planes[]> {
  const drawn = await Promise.all(
    styles.map(async ({ mask }) => luma(await pictures.at(mask!, width, height))),
  );
  const rest = new Float32Array(width * height);
  rest.forEach((_, p) => {
    const sum = drawn.reduce((total, values) => total + values[p]!, 0);
    rest[p] = Math.max(0, 1 - sum);
    if (sum > 1) for (const values of drawn) values[p]! /= sum;
  });
  return [...drawn, rest].map((data) => ({ channels: 1, width, height, data }));
}
