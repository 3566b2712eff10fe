/** SVG building blocks of the drawn styles and scenes. */
export interface Drawing {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [number, number];

/** A coordinate rounded to one decimal, because a picture has thousands of them. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function path(points: readonly Point[], closed = false): string {
  return `M${points.map(([x, y]) => `${n(x)} ${n(y)}`).join('L')}${closed ? 'Z' : ''}`;
}

/** A closed curve through the midpoints of a polygon. */
export function smooth(points: readonly Point[]): string {
  const at = (i: number): Point => points[i % points.length]!;
  const mid = (i: number): string =>
    `${n((at(i)[0] + at(i + 1)[0]) / 2)} ${n((at(i)[1] + at(i + 1)[1]) / 2)}`;
  const curves = points.map((_, i) => `Q${n(at(i + 1)[0])} ${n(at(i + 1)[1])} ${mid(i + 1)}`);
  return `M${mid(0)}${curves.join('')}Z`;
}

export function drawing(width: number, height: number, defs: string, body: string): Drawing {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return {
    svg: `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${size}><defs>${defs}</defs>${body}</svg>`,
    width,
    height,
  };
}

const whole = 'x="0" y="0" width="100%" height="100%" color-interpolation-filters="sRGB"';

/** A filter that lights thick paint from the side: brighter strokes stand higher. */
export function impasto(id: string, height: number): string {
  return `<filter id="${id}" ${whole}>
<feColorMatrix in="SourceGraphic" type="matrix" values="0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 .4 .5 .1 0 0" result="h"/>
<feDiffuseLighting in="h" surfaceScale="${height}" diffuseConstant="1.15" lighting-color="#fff" result="l"><feDistantLight azimuth="225" elevation="58"/></feDiffuseLighting>
<feComposite in="SourceGraphic" in2="l" operator="arithmetic" k1="1" k2="0" k3="0" k4="0"/></filter>`;
}

/** A filter that gives the picture a rough surface such as paper, canvas or rock. */
export function relief(id: string, frequency: string, height: number, seed: number): string {
  return `<filter id="${id}" ${whole}>
<feTurbulence type="fractalNoise" baseFrequency="${frequency}" numOctaves="3" seed="${seed}" result="t"/>
<feDiffuseLighting in="t" surfaceScale="${height}" diffuseConstant="1.18" lighting-color="#fff" result="l"><feDistantLight azimuth="225" elevation="58"/></feDiffuseLighting>
<feComposite in="SourceGraphic" in2="l" operator="arithmetic" k1="1" k2="0" k3="0" k4="0" result="c"/>
<feComposite in="c" in2="SourceAlpha" operator="in"/></filter>`;
}

export function blur(id: string, deviation: number): string {
  return `<filter id="${id}" x="-50%" y="-50%" width="200%" height="200%" color-interpolation-filters="sRGB"><feGaussianBlur stdDeviation="${deviation}"/></filter>`;
}

export function gradient(
  id: string,
  stops: readonly (readonly [number, string, number?])[],
  box = '',
): string {
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1" ${box}>${stopList(stops)}</linearGradient>`;
}

export function radial(id: string, stops: readonly (readonly [number, string, number?])[], box = ''): string {
  return `<radialGradient id="${id}" ${box}>${stopList(stops)}</radialGradient>`;
}

function stopList(stops: readonly (readonly [number, string, number?])[]): string {
  return stops
    .map(
      ([at, colour, opacity]) =>
        `<stop offset="${at}" stop-color="${colour}" stop-opacity="${opacity ?? 1}"/>`,
    )
    .join('');
}
