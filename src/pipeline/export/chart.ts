/** The losses of a run over its steps, one line each. */
import { extent, min } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { EncodedImage } from '../pictures.js';
import type { Trace, TraceStep } from '../renderer.js';
import { escapeXml, FONT, rasterise } from '../image/svg.js';

const WIDTH = 800;
const HEIGHT = 450;
/** Values further apart than this factor are drawn on a logarithmic axis. */
const LOG_FROM = 20;
const TICKS = { x: 10, y: 6 };
const FONT_SIZE = 14;
/** An upper estimate of DejaVu Sans' mean character width at that size. */
const CHARACTER = 8.8;
const MARGIN = { top: 14, right: 22, bottom: 52, left: 14 };
const LEGEND = { line: 18, gap: 26, row: 20, characters: 24 };
/** Pixels of the plot that a long legend leaves. */
const PLOT_MIN = 200;
/** Discord's dark theme, and Okabe and Ito's colours, which colour-blind people can tell apart. */
const INK = { ground: '#1e1f22', text: '#dbdee1', grid: '#3f4147', faint: '#2b2d31', boundary: '#80848e' };
const COLOURS = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#cc79a7', '#d55e00', '#7f8fff', '#9ae6b4'];

interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}
/** A name in the legend, the line that it stands for, and its colour. */
interface Series {
  readonly name: string;
  readonly colour: string;
}
type Axis = (value: number) => number;
interface Tick {
  readonly at: number;
  /** Empty for the lines between the powers of ten. */
  readonly label: string;
}

/**
 * An SVG document of 800 × 450 px. Steps count from 1 over all scales, losses are in the units of the trace. Dashed lines
 * separate the scales, where the lines are interrupted too. The total is white.
 */
export function chartSvg({ steps }: Trace): string {
  const names = [...new Set(steps.flatMap(({ losses }) => Object.keys(losses)))].sort(totalLast);
  const series = names.map((name, i) => ({
    name,
    colour: name === 'total' ? '#ffffff' : COLOURS[i % COLOURS.length]!,
  }));
  const y = lossScale(steps);
  const labels = y.ticks.filter(({ label }) => label !== '');
  const area = {
    left: MARGIN.left + 10 + CHARACTER * Math.max(1, ...labels.map(({ label }) => label.length)),
    right: WIDTH - MARGIN.right,
    top: 0,
    bottom: HEIGHT - MARGIN.bottom,
  };
  const legend = drawLegend(series, area);
  const plot = { ...area, top: legend.bottom + 12 };
  const x = scaleLinear(steps.length < 2 ? [0, 2] : [1, steps.length], [plot.left, plot.right]);
  const onY = y.scale.range([plot.bottom, plot.top]);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">` +
    `<rect width="100%" height="100%" fill="${INK.ground}"/>` +
    `<clipPath id="plot"><rect x="${plot.left - 2}" y="${plot.top - 2}" ` +
    `width="${plot.right - plot.left + 4}" height="${plot.bottom - plot.top + 4}"/></clipPath>` +
    `<g font-family="${FONT}" font-size="${FONT_SIZE}" fill="${INK.text}">` +
    legend.svg +
    horizontalAxis(x.ticks(TICKS.x).filter(Number.isInteger), x, plot) +
    verticalAxis(y.ticks, onY, plot) +
    `</g>${boundaries(steps, x, plot)}${lines(steps, series, x, onY)}</svg>`
  );
}

/** @returns a PNG of 800 × 450 px */
export async function chart(trace: Trace): Promise<EncodedImage> {
  const bytes = await rasterise(chartSvg(trace), WIDTH, HEIGHT);
  return { bytes, format: 'png', width: WIDTH, height: HEIGHT };
}

/** Logarithmic where all losses are positive and far apart. Losses of a run that diverged may be infinite: they are left out. */
function lossScale(steps: readonly TraceStep[]) {
  const [low = 0, high = 1] = extent(lossesOf(steps));
  if (low > 0 && high / low > LOG_FROM) {
    const scale = scaleLog([lowest(steps) ?? low, high], [0, 1]);
    const format = scale.tickFormat(TICKS.y, '.0e');
    return { scale, ticks: scale.ticks().map((at) => ({ at, label: format(at) })) };
  }
  const scale = scaleLinear([low, high], [0, 1]).nice(TICKS.y);
  const format = scale.tickFormat(TICKS.y, ',~f');
  return { scale, ticks: scale.ticks(TICKS.y).map((at) => ({ at, label: format(at) })) };
}

const lossesOf = (steps: readonly TraceStep[]): readonly number[] =>
  steps.flatMap(({ losses }) => Object.values(losses)).filter(Number.isFinite);

/** A painting that starts from its content begins with a content loss of almost 0, which would stretch the axis. */
const lowest = (steps: readonly TraceStep[]): number | undefined =>
  min(lossesOf(steps.slice(Math.min(2, steps.length - 1))));

/** Names in columns of equal width. What does not fit is counted in the last place. */
function drawLegend(series: readonly Series[], { left, right, bottom }: Area) {
  const characters = Math.min(LEGEND.characters, Math.max(0, ...series.map(({ name }) => name.length)));
  const column = LEGEND.line + 6 + characters * CHARACTER + LEGEND.gap;
  const columns = Math.max(1, Math.floor((right - left + LEGEND.gap) / column));
  const rows = Math.floor((bottom - PLOT_MIN - MARGIN.top) / LEGEND.row);
  const hidden = series.length > rows * columns ? series.length - rows * columns + 1 : 0;
  const shown = series.slice(hidden);
  const place = (i: number) => ({
    x: left + (i % columns) * column,
    y: MARGIN.top + (Math.floor(i / columns) + 0.5) * LEGEND.row,
  });
  const entries = shown.map(({ name, colour }, i) => {
    const { x, y } = place(i);
    return (
      `<path d="M${x},${y}h${LEGEND.line}" stroke="${colour}" stroke-width="3"/>` +
      text(x + LEGEND.line + 6, y + 5, shorten(name, LEGEND.characters))
    );
  });
  const more = place(shown.length);
  if (hidden > 0) entries.push(text(more.x, more.y + 5, `… and ${hidden} more`));
  const used = Math.ceil((shown.length + Math.sign(hidden)) / columns);
  return { svg: entries.join(''), bottom: MARGIN.top + used * LEGEND.row };
}

function horizontalAxis(ticks: readonly number[], x: Axis, { left, right, top, bottom }: Area): string {
  const marks = ticks.map(
    (tick) =>
      `<path d="M${x(tick)},${top}V${bottom + 5}" stroke="${INK.grid}"/>` +
      text(x(tick), bottom + 21, String(tick), 'middle'),
  );
  return marks.join('') + text((left + right) / 2, bottom + 42, 'step', 'middle');
}

function verticalAxis(ticks: readonly Tick[], y: Axis, { left, right }: Area): string {
  const marks = ticks.map(({ at, label }) => {
    const colour = label === '' ? INK.faint : INK.grid;
    return (
      `<path d="M${left - (label === '' ? 0 : 5)},${y(at)}H${right}" stroke="${colour}"/>` +
      (label === '' ? '' : text(left - 9, y(at) + 5, label, 'end'))
    );
  });
  return marks.join('');
}

function boundaries(steps: readonly TraceStep[], x: Axis, { top, bottom }: Area): string {
  return steps
    .filter(({ scale }, i) => i > 0 && scale !== steps[i - 1]!.scale)
    .map(
      ({ step }) =>
        `<path d="M${x(step - 0.5)},${top}V${bottom}" stroke="${INK.boundary}" stroke-dasharray="3,4"/>`,
    )
    .join('');
}

/** The round ends of a line make a single step visible as a dot. */
function lines(steps: readonly TraceStep[], series: readonly Series[], x: Axis, y: Axis): string {
  const scales = [...new Set(steps.map(({ scale }) => scale))];
  const paths = series.map(({ name, colour }) => {
    const path = line<TraceStep>()
      .digits(1)
      .defined(({ losses }) => Number.isFinite(losses[name]))
      .x(({ step }) => x(step))
      .y(({ losses }) => y(losses[name]!));
    const pieces = scales.map((wanted) => path(steps.filter(({ scale }) => scale === wanted)) ?? '');
    return `<path d="${pieces.join('')}" stroke="${colour}" stroke-width="${steps.length < 3 ? 5 : 2}"/>`;
  });
  return (
    '<g clip-path="url(#plot)" fill="none" stroke-linecap="round" stroke-linejoin="round">' +
    `${paths.join('')}</g>`
  );
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end' = 'start'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}

const shorten = (name: string, characters: number): string =>
  name.length > characters ? `${name.slice(0, characters - 1)}…` : name;

const totalLast = (a: string, b: string) => Number(a === 'total') - Number(b === 'total');
