/** Sheets that people choose from, and the pictures that are chosen. */
import { refusal } from '../../errors.js';
import { oneLine } from '../../i18n/plain-text.js';
import type { Translate } from '../../i18n/translate.js';
import type { JobRecord } from '../../jobs/job-repository.js';
import type { Requester } from '../../jobs/job-service.js';
import type { StyleRepository } from '../../jobs/member-repositories.js';
import type { ChosenOptions, RenderCommand } from '../../jobs/render-command.js';
import type { Renderer } from '../../pipeline/renderer.js';
import {
  CELL_SIZE_RANGE,
  SHEET_STYLES_MAX,
  SIZE_RANGE,
  type RenderRequestInput,
  type SheetRequestInput,
} from '../../pipeline/requests.js';
import type { Presets } from '../../styles/presets.js';
import { buildRequest, type RequestNotes } from './build-request.js';
import { given, newSeed } from './options.js';
import {
  ownStyleSource,
  pictureOfStyle,
  presetSource,
  styleLabel,
  type StyleSource,
} from './style-source.js';

/** Discord's limit for the label of an option, in characters. */
const LABEL_MAX = 100;

/**
 * Styles to choose from: the guild's default, the member's own, and the presets.
 * @param except titles of styles to leave out
 */
export async function offeredStyles(
  { caller, settings }: Requester,
  repository: Pick<StyleRepository, 'ownStyle'>,
  presets: Presets,
  except: readonly string[] = [],
): Promise<readonly StyleSource[]> {
  const listed = (await presets.list()).map(({ name }) => name);
  // The default may have been removed from the library.
  const byDefault = listed.filter((name) => name === settings.style);
  const own = await ownStyleSource(caller.userId, repository);
  const named = await Promise.all([...byDefault, ...listed].map((name) => presetSource(name, presets)));
  const sources = [...named.slice(0, byDefault.length), ...(own ? [own] : []), ...named];
  const offered = sources.filter(
    ({ title }, i) => !except.includes(title) && sources.findIndex((other) => other.title === title) === i,
  );
  if (offered.length === 0) throw refusal('invalid-parameter', 'no-style');
  return offered.slice(0, SHEET_STYLES_MAX);
}

interface Sheet extends Pick<SheetRequestInput, 'contents' | 'alpha' | 'beta'> {
  readonly sources: readonly StyleSource[];
}

/** @param notes `spoiler` says whether one of the contents is hidden */
export async function buildSheet(
  { contents, sources, ...weights }: Sheet,
  notes: Omit<RequestNotes, 'styles'>,
  { settings }: Pick<Requester, 'settings'>,
  renderer: Renderer,
): Promise<RenderCommand> {
  const styles = [];
  for (const source of sources) styles.push(await pictureOfStyle(source));
  const { min, default: usual } = CELL_SIZE_RANGE;
  const size = Math.max(min, Math.min(usual, settings.size ?? usual));
  const titles = sources.map(({ title }) => title);
  const spoiler = (notes.spoiler ?? false) || sources.some(({ hidden }) => hidden);
  return buildRequest(
    { kind: 'sheet', contents, styles, size, seed: newSeed(), ...weights },
    { ...notes, styles: titles, spoiler },
    renderer,
  );
}

/** What the pictures of a sheet are called, in their order; undefined for a job of another kind. */
export function sheetLabels(
  { plan, styles }: Pick<JobRecord, 'plan' | 'styles'>,
  t: Translate,
): readonly string[] | undefined {
  if (plan.kind !== 'sheet') return undefined;
  return Array.from({ length: plan.steps }, (_, i) => {
    const title = plan.steps === styles.length ? styleLabel(styles[i]!, t) : t('sheet.picture');
    return oneLine(`${i + 1}. ${title}`, LABEL_MAX);
  });
}

/**
 * The picture at `index` of a sheet, painted properly: at the default size, or the largest that is allowed here, where none
 * was asked for. Throws `nothing-to-show` if there is none.
 */
export async function buildChosen(
  sheet: JobRecord,
  request: RenderRequestInput,
  index: number,
  { settings }: Pick<Requester, 'settings'>,
  renderer: Renderer,
): Promise<RenderCommand> {
  if (request.kind !== 'sheet') throw refusal('nothing-to-show', 'button');
  const { contents, styles, alpha, beta } = request;
  const place = styles.length === 1 ? 0 : index;
  const content = contents[contents.length === 1 ? 0 : index];
  const style = styles[place];
  if (!content || !style) throw refusal('nothing-to-show', 'button');
  const size = Math.min(SIZE_RANGE.default, settings.size ?? SIZE_RANGE.default);
  return buildRequest(
    {
      kind: 'style',
      content,
      size,
      styles: [style],
      seed: newSeed(),
      ...given({ alpha, beta }),
      ...sheet.chosen,
    },
    { styles: [sheet.styles[place] ?? 'attached'], spoiler: sheet.spoiler, parent: sheet.id },
    renderer,
  );
}

/** What the pictures chosen from a sheet of other styles have in common with a style. */
export function optionsOf(request: RenderRequestInput): ChosenOptions {
  if (request.kind !== 'style') return {};
  const { size, styleScale, colour, network, technique, quality } = request;
  return given({ size, styleScale, colour, network, technique, quality });
}
