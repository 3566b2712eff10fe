import type { ChosenOptions, Field, Remark, RenderCommand } from '../../jobs/render-command.js';
import { examine } from '../../pipeline/image/inspect.js';
import type { PictureInfo } from '../../pipeline/pictures.js';
import type { Plan, Renderer } from '../../pipeline/renderer.js';
import type { PreparedRun } from '../../pipeline/prepared-run.js';
import type { RenderRequestInput } from '../../pipeline/requests.js';
import { networkOf } from './options.js';

/** Metadata that is not part of the request. */
export interface RequestNotes {
  /** The titles of the styles, in their order. */
  readonly styles?: readonly string[];
  readonly remarks?: readonly Remark[];
  readonly spoiler?: boolean;
  readonly parent?: string;
  /** Of a sheet. */
  readonly chosen?: ChosenOptions;
}

/** Prepares a request and describes it. Throws what the pipeline refuses. */
export async function buildRequest(
  request: RenderRequestInput,
  notes: RequestNotes,
  renderer: Renderer,
): Promise<RenderCommand> {
  const [prepared, seen] = await Promise.all([renderer.prepare(request), look(request)]);
  const { plan } = prepared.run;
  const remarks = [...(notes.remarks ?? []), ...remarksOn(seen, plan)];
  return {
    kind: 'render',
    request,
    prepared,
    fields: fieldsOf(prepared.run, notes, await shownBy(plan, renderer)),
    styles: notes.styles ?? [],
    ...(remarks.length > 0 ? { remarks } : {}),
    spoiler: notes.spoiler ?? false,
    ...(notes.parent === undefined ? {} : { parent: notes.parent }),
    ...(notes.chosen ? { chosen: notes.chosen } : {}),
  };
}

/** What the layer is known to show, if anything. */
async function shownBy({ kind, network, layer }: Plan, renderer: Renderer): Promise<string | undefined> {
  const offered = (await networkOf(renderer, kind, network))?.dreams.offered;
  return offered?.find(({ name }) => name === layer)?.shows;
}

interface Seen {
  /** The picture that becomes the result. */
  readonly content: PictureInfo | undefined;
  /** Styles and guides. */
  readonly others: readonly (PictureInfo | undefined)[];
}

/** Looks at the pictures of a request. Never throws. */
async function look(request: RenderRequestInput): Promise<Seen> {
  const examined = async (picture: Uint8Array | undefined) =>
    picture && examine(picture).catch(() => undefined);
  const [content, ...others] = await Promise.all(picturesOf(request).map(examined));
  return { content, others };
}

/** The first one becomes the result. */
function picturesOf(request: RenderRequestInput): readonly (Uint8Array | undefined)[] {
  switch (request.kind) {
    case 'style':
      return [request.content, ...(request.styles ?? []).map(({ image }) => image)];
    case 'dream':
      return [request.image, request.guide];
    case 'visualise':
      return [request.image];
    case 'sheet':
      return [...request.contents, ...request.styles.map(({ image }) => image)];
    case 'teach':
      return [undefined, request.style];
  }
}

/** Remarks on what the network does not see of the pictures. */
function remarksOn({ content, others }: Seen, { frames: shown }: Plan): readonly Remark[] {
  const stills = shown === undefined ? [content, ...others] : others;
  const all = content?.frames ?? 0;
  return [
    ...([content, ...others].some((picture) => picture?.transparent) ? [{ key: 'transparent' }] : []),
    ...(stills.some((picture) => picture && picture.frames > 1) ? [{ key: 'first-frame' }] : []),
    ...(shown !== undefined && shown < all ? [{ key: 'fewer-frames', values: { shown, all } }] : []),
  ];
}

/** The request with its defaults, and each picture as its hash. */
type Request = PreparedRun['request'];

function fieldsOf({ plan, request }: PreparedRun, notes: RequestNotes, shows: string | undefined): Field[] {
  return [
    ...fieldsOfKind(request, plan, notes, shows),
    { name: 'network', value: plan.network },
    { name: 'size', value: `${plan.width} × ${plan.height}` },
    ...optional('frames', plan.frames),
    ...(plan.technique === 'instant' || plan.kind === 'sheet'
      ? []
      : [{ name: 'steps', value: String(plan.steps) }]),
    { name: 'seed', value: String(request.seed) },
  ];
}

function fieldsOfKind(request: Request, plan: Plan, notes: RequestNotes, shows: string | undefined): Field[] {
  switch (request.kind) {
    case 'style':
      return styleFields(request, notes.styles ?? []);
    case 'dream':
      return [
        ...optional('layer', plan.layer),
        ...optional('channel', channelsOf(request.targets?.[0]?.channels)),
        // A single channel, or a guide, shows something else than the whole layer.
        ...optional('shows', request.targets?.[0]?.channels || request.guide ? undefined : shows),
        { name: 'strength', value: short(request.strength) },
        { name: 'octaves', value: String(request.octaves) },
        ...(request.guide ? [{ name: 'guide', value: 'attached' }] : []),
        ...optional('zoom', request.zoom?.frames),
      ];
    case 'visualise':
      return [
        ...optional('layer', plan.layer),
        ...optional('channel', channelsOf(request.channels)),
        ...optional('shows', request.channels || request.image ? undefined : shows),
        ...(request.image ? [{ name: 'image', value: 'activations' }] : []),
      ];
    case 'sheet':
      return [
        { name: request.styles.length === 1 ? 'style' : 'styles', value: (notes.styles ?? []).join('\n') },
        { name: 'weights', value: `${short(request.alpha)} : ${short(request.beta)}` },
      ];
    case 'teach':
      return [{ name: 'style', value: notes.styles?.[0] ?? 'attached' }];
  }
}

function styleFields(request: Extract<Request, { kind: 'style' }>, titles: readonly string[]): Field[] {
  const total = request.styles.reduce((sum, { weight }) => sum + weight, 0);
  const shares = request.styles.map(({ weight }, index) => {
    const title = titles[index] ?? 'attached';
    return request.styles.length === 1 ? title : `${title} (${Math.round((100 * weight) / total)} %)`;
  });
  return [
    { name: 'style', value: shares.join(' + ') },
    { name: 'weights', value: `${short(request.alpha)} : ${short(request.beta)}` },
    ...(request.styleScale === 1 ? [] : [{ name: 'brush', value: `× ${short(request.styleScale)}` }]),
    ...(request.colour === 'style' ? [] : [{ name: 'colours', value: request.colour }]),
    ...(request.technique === 'instant' ? [{ name: 'quality', value: 'instant' }] : []),
  ];
}

const optional = (name: string, value: string | number | undefined): Field[] =>
  value === undefined ? [] : [{ name, value: String(value) }];

const channelsOf = (channels: readonly [number, number] | undefined) =>
  channels && (channels[0] === channels[1] ? String(channels[0]) : channels.join('–'));

const short = (value: number) => String(Number(value.toPrecision(3)));
