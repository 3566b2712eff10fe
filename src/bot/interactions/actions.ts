/** What buttons and reactions do with a result, apart from its own messages. */
import { buildRequest } from '../../commands/shared/build-request.js';
import type { Answer } from '../../commands/shared/command.js';
import { given, newSeed } from '../../commands/shared/options.js';
import { fitResult } from '../../commands/shared/pictures.js';
import { buildSheet, offeredStyles, optionsOf } from '../../commands/shared/sheet.js';
import {
  defaultStyleSource,
  pictureOfStyle,
  presetSource,
  type StyleSource,
} from '../../commands/shared/style-source.js';
import { ReverieError, refusal } from '../../errors.js';
import type { Key } from '../../i18n/translate.js';
import { checkVisible } from '../../jobs/access.js';
import { pictureOf, type JobRecord } from '../../jobs/job-repository.js';
import type { RenderCommand } from '../../jobs/render-command.js';
import { chart } from '../../pipeline/export/chart.js';
import { removeMetadata } from '../../pipeline/export/encode-to-fit.js';
import type { EncodedImage } from '../../pipeline/pictures.js';
import { CELL_SIZE_RANGE, CHANNEL_SIZE_RANGE, SIZE_RANGE } from '../../pipeline/requests.js';
import type { BotContext } from '../context.js';
import { fitToUploadLimit, UPLOAD_LIMIT } from '../messages/fit-to-upload-limit.js';
import { locationOf } from '../messages/message-target.js';
import { storedResult, type ResultAction } from '../messages/result-messages.js';
import { postToStarboard } from '../messages/starboard.js';
import { subjectOf } from '../messages/subject.js';
import { finalView } from '../messages/views.js';
import type { Action } from './custom-ids.js';

type RenderContext = Pick<BotContext, 'renderer' | 'presetsIn' | 'repository'>;
type ReplyContext = Pick<BotContext, 'client' | 'log' | 'messages' | 'repository'>;

/** Range of the size of a result, or of one cell of a sheet. */
const SIDE_RANGES = {
  style: SIZE_RANGE,
  dream: SIZE_RANGE,
  visualise: CHANNEL_SIZE_RANGE,
  sheet: CELL_SIZE_RANGE,
} as const;

/** Actions that make a new picture of a result. */
export const renderActions = {
  async again({ job }, { renderer, repository }) {
    const request = await repository.request(job.id);
    // Managers teach styles, by a command.
    if (request.kind === 'teach') throw refusal('nothing-to-show', 'button');
    return buildRequest({ ...request, seed: newSeed() }, sameNotes(job), renderer);
  },

  async deeper({ job }, { renderer, repository }) {
    const image = (await storedResult(job, repository)).image.bytes;
    const before = await repository.request(job.id);
    const same = before.kind === 'dream' ? { ...before, zoom: undefined } : {};
    const request = { ...same, kind: 'dream' as const, image, size: longestSide(job), seed: newSeed() };
    return buildRequest(request, notesOf(job, []), renderer);
  },

  async larger({ job, settings }, { renderer, repository }) {
    const request = await repository.request(job.id);
    if (request.kind === 'teach') throw refusal('nothing-to-show', 'button');
    const range = SIDE_RANGES[request.kind];
    const most = Math.min(range.max, settings.size ?? Infinity);
    const ofCells = request.kind === 'visualise' || request.kind === 'sheet';
    const now = ofCells ? (request.size ?? range.default) : longestSide(job);
    if (now >= most) throw refusal('not-allowed', 'size', { size: most });
    return buildRequest({ ...request, size: Math.min(most, now * 2) }, sameNotes(job), renderer);
  },

  async mine(action, { renderer, presetsIn, repository }) {
    const { job } = action;
    const presets = presetsIn(action.caller.guildId);
    const own = await defaultStyleSource(action, repository, presets).catch(() => undefined);
    const source = own ?? (await firstPreset(presets));
    const before = await repository.request(job.id);
    const painted = before.kind === 'style' || before.kind === 'sheet' ? pictureOf(before) : undefined;
    const content = painted ?? (await storedResult(job, repository)).image.bytes;
    const styles = [await pictureOfStyle(source)];
    const request = { kind: 'style' as const, content, styles, size: longestSide(job), seed: newSeed() };
    // Members without a style of their own are told which one was used, and how to set one.
    const remarks = own ? [] : [{ key: 'default-style', values: { style: source.title } }];
    const spoiler = job.spoiler || (source.hidden ?? false);
    return buildRequest(request, { ...notesOf(job, [source.title]), spoiler, remarks }, renderer);
  },

  /** An instant picture as the optimisation paints it. */
  async refine({ job }, { renderer, repository }) {
    const request = await repository.request(job.id);
    if (request.kind !== 'style' || request.technique !== 'instant')
      throw refusal('nothing-to-show', 'button');
    return buildRequest({ ...request, technique: 'optimise', seed: newSeed() }, notesOf(job), renderer);
  },

  async others(action, { renderer, presetsIn, repository }) {
    const { job } = action;
    const request = await repository.request(job.id);
    const content = pictureOf(request);
    if (request.kind !== 'style' || !content) throw refusal('nothing-to-show', 'button');
    const { alpha, beta } = request;
    const sources = await offeredStyles(action, repository, presetsIn(action.caller.guildId), job.styles);
    return buildSheet(
      { contents: [content], sources, ...given({ alpha, beta }) },
      { spoiler: job.spoiler, parent: job.id, chosen: optionsOf(request) },
      action,
      renderer,
    );
  },
} satisfies Partial<Record<Action, (action: ResultAction, context: RenderContext) => Promise<RenderCommand>>>;

export const isRenderAction = (action: Action): action is keyof typeof renderActions =>
  action in renderActions;

/** Actions that are answered to the caller only. */
export const replyActions = {
  async losses(action, { repository }) {
    const { trace } = await storedResult(action.job, repository);
    return pictureAnswer(action, 'alt.losses', 'losses', fitting(await chart(trace)));
  },

  async growth(action, { repository }) {
    const { growth } = await storedResult(action.job, repository);
    if (!growth) throw refusal('nothing-to-show', 'gone');
    return pictureAnswer(action, 'alt.growth', 'growth', fitting(growth));
  },

  async original(action, { repository }) {
    const bytes = pictureOf(await repository.request(action.job.id));
    if (!bytes) throw refusal('nothing-to-show', 'gone');
    // The file's metadata, such as where a photo was taken, is not passed on.
    const clean = (maxBytes: number) => removeMetadata(bytes, { maxBytes });
    return pictureAnswer(action, 'alt.original', 'original', clean);
  },

  async star(action, context) {
    const { job, caller, t } = action;
    const { repository } = context;
    await storedResult(job, repository);
    const given = !(await repository.hasStarred(job.id, caller.userId));
    const stars = await repository.star(job.id, caller.userId, given);
    if (given) await postToStarboard(job, stars, context);
    return { kind: 'reply', content: t(given ? 'done.star' : 'done.unstar') };
  },

  async copy(action, context) {
    await sendCopy(action, context);
    return { kind: 'reply', content: action.t('done.copy') };
  },
} satisfies Partial<Record<Action, (action: ResultAction, context: ReplyContext) => Promise<Answer>>>;

/** Sends the result with its buttons as a direct message. Throws `nothing-to-show` if the member accepts none. */
export async function sendCopy(
  { job, caller, t }: ResultAction,
  { client, log, messages, repository }: ReplyContext,
): Promise<void> {
  checkVisible(job, caller);
  const result = await storedResult(job, repository);
  const subject = await subjectOf(job, t, repository);
  const user = await client.users.fetch(caller.userId);
  try {
    const message = await fitToUploadLimit(UPLOAD_LIMIT, async (maxBytes) =>
      user.send(finalView(subject, result, await fitResult(result, maxBytes))),
    );
    await messages.addCopy(job.id, { ...locationOf(message), userId: caller.userId });
  } catch (cause) {
    if (cause instanceof ReverieError) throw cause;
    log.info({ err: cause, job: job.id }, 'a copy could not be sent');
    throw refusal('nothing-to-show', 'closed');
  }
}

const notesOf = (job: JobRecord, styles: readonly string[] = job.styles) => ({
  styles,
  spoiler: job.spoiler,
  parent: job.id,
});

/** Of a job that asks for the same in another way. */
const sameNotes = (job: JobRecord) => ({ ...notesOf(job), ...given({ chosen: job.chosen }) });

const longestSide = ({ plan }: JobRecord) =>
  Math.min(SIZE_RANGE.max, Math.max(SIZE_RANGE.min, plan.width, plan.height));

async function firstPreset(presets: ReturnType<BotContext['presetsIn']>): Promise<StyleSource> {
  const [first] = await presets.list();
  if (!first) throw refusal('invalid-parameter', 'no-style');
  return presetSource(first.name, presets);
}

/** The picture as a file of at most so many bytes. */
const fitting =
  (image: EncodedImage) =>
  (maxBytes: number): Promise<EncodedImage> =>
    image.bytes.byteLength <= maxBytes ? Promise.resolve(image) : removeMetadata(image.bytes, { maxBytes });

function pictureAnswer(
  { job, t }: ResultAction,
  key: Key,
  stem: string,
  encode: (maxBytes: number) => Promise<EncodedImage>,
): Answer {
  return {
    kind: 'reply',
    content: t(key),
    async files(maxBytes) {
      const { bytes, format } = await encode(maxBytes);
      const name = `${job.spoiler ? 'SPOILER_' : ''}${stem}.${format}`;
      return [{ name, bytes, description: t(key) }];
    },
  };
}
