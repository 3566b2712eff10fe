/** Named curves over seconds, one panel for each quantity. */
import { extent } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { escapeXml, FONT, rasterise } from '../src/pipeline/image/svg.js';

const WIDTH = 900;
const PANEL = { height: 330, gap: 46 };
const MARGIN = { top: 16, right: 190, bottom: 44, left: 62 };
/** Okabe and Ito's colours, which colour-blind people can tell apart. */
const COLOURS = ['#000000', '#e69f00', '#0072b2', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#7a6f00'];

export interface Curve<Quantity extends string> {
  readonly name: string;
  readonly points: readonly (Readonly<Record<Quantity, number>> & { readonly seconds: number })[];
}

/** The seconds are on a logarithmic axis, so that a pass and a run of minutes fit in one plot. */
export function plotSvg<Quantity extends string>(
  curves: readonly Curve<Quantity>[],
  quantities: readonly Quantity[],
): string {
  const height = heightOf(quantities);
  const [first = 1, last = 1] = extent(curves.flatMap(({ points }) => points.map(({ seconds }) => seconds)));
  const right = WIDTH - MARGIN.right;
  const x = scaleLog([first, Math.max(last, first * 1.01)], [MARGIN.left, right]);
  const timeTicks = x.ticks(8).map((at) => ({ at, label: x.tickFormat(8, '~g')(at) }));
  const panels = quantities.map((quantity, i) => {
    const top = MARGIN.top + i * (PANEL.height + PANEL.gap);
    const bottom = top + PANEL.height;
    const values = curves.flatMap(({ points }) => points.map((point) => point[quantity]));
    const y = scaleLinear([0, Math.max(...values)], [bottom, top]).nice();
    const path = line<Curve<Quantity>['points'][number]>()
      .digits(1)
      .x(({ seconds }) => x(seconds))
      .y((point) => y(point[quantity]));
    return [
      ...timeTicks.map(
        ({ at, label }) =>
          `<path d="M${x(at)},${top}V${bottom}" stroke="#e4e4e4"/>${text(x(at), bottom + 18, label, 'middle')}`,
      ),
      ...y
        .ticks(6)
        .map(
          (at) =>
            `<path d="M${MARGIN.left},${y(at)}H${right}" stroke="#e4e4e4"/>${text(MARGIN.left - 8, y(at) + 5, String(at), 'end')}`,
        ),
      text(right + 14, top + 12, quantity),
      ...curves.map(({ points }, c) => {
        const stroke = `stroke="${COLOURS[c % COLOURS.length]!}"`;
        const dots = points.map((point) => `M${x(point.seconds)},${y(point[quantity])}h0`).join('');
        return (
          `<g fill="none" stroke-linecap="round" stroke-linejoin="round" ${stroke}>` +
          `<path d="${path(points) ?? ''}" stroke-width="2"/><path d="${dots}" stroke-width="5"/></g>`
        );
      }),
    ].join('');
  });
  const legend = curves.map(({ name }, c) => {
    const at = MARGIN.top + 40 + c * 22;
    return `<path d="M${right + 14},${at}h20" stroke="${COLOURS[c % COLOURS.length]!}" stroke-width="3"/>${text(right + 40, at + 5, name)}`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}">` +
    `<rect width="100%" height="100%" fill="#ffffff"/><g font-family="${FONT}" font-size="14">` +
    `${panels.join('')}${legend.join('')}${text((MARGIN.left + right) / 2, height - 8, 'seconds', 'middle')}</g></svg>`
  );
}

/** @returns a PNG file */
export const plot = <Quantity extends string>(
  curves: readonly Curve<Quantity>[],
  quantities: readonly Quantity[],
): Promise<Uint8Array> => rasterise(plotSvg(curves, quantities), WIDTH, heightOf(quantities));

const heightOf = (quantities: readonly unknown[]): number =>
  MARGIN.top + quantities.length * (PANEL.height + PANEL.gap) - PANEL.gap + MARGIN.bottom;

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end' = 'start'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}
