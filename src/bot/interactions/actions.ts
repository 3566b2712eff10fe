import { buildRequest } from '../../commands/shared/build-request.js';
import { mayShow } from '../../commands/shared/authorise.js';
import type { FilesOut } from '../../commands/shared/command.js';
import type { RenderCommand } from '../../jobs/render-command.js';
import { pictureOf, type JobRecord, type StoredResult } from '../../jobs/job-repository.js';
import { defaultStyleSource, presetSource, type StyleSource } from '../../commands/shared/style-source.js';
import { newSeed } from '../../commands/shared/options.js';
import { UPLOAD_LIMIT, type Caller } from '../../commands/shared/caller.js';
import { refusal } from '../../commands/shared/refusals.js';
import { ReverieError } from '../../errors.js';
import { fitResult } from '../../commands/shared/fit-result.js';
import { type Key, type Translate } from '../../i18n/translate.js';
import type { EncodedImage } from '../../pipeline/pictures.js';
import { CHANNEL_SIZE_RANGE, SIZE_RANGE } from '../../pipeline/requests.js';
import type { Action } from './custom-id.js';
import { postToStarboard } from '../messages/starboard.js';
import { fitToUploadLimit } from '../messages/fit-to-upload-limit.js';
import type { JobService } from '../job-service.js';
import { locationOf } from '../messages/message-target.js';
import { finalView } from '../messages/views.js';

/** Something done to a result, by a button or by a reaction. */
export interface ActionContext {
  readonly service: JobService;
  readonly job: JobRecord;
  readonly caller: Caller;
  readonly t: Translate;
  /** The message it was done on: the job's own, or a copy. */
  readonly messageId: string;
}

const notFinished = () => refusal('nothing-to-show', 'unfinished');

export async function resultOf({ service, job }: ActionContext): Promise<StoredResult> {
  const result = await service.context.repository.result(job.id);
  if (!result) throw notFinished();
  return result;
}

const requestOf = ({ service, job }: ActionContext) => service.context.repository.request(job.id);

/** Actions that make a new picture out of a result. */
export const renderActions = {
  async again(act) {
    const request = await requestOf(act);
    return buildRequest({ ...request, seed: newSeed() }, notesOf(act.job), act.service.context);
  },

  async deeper(act) {
    const { job, service } = act;
    const image = (await resultOf(act)).image.bytes;
    const before = await requestOf(act);
    const same = before.kind === 'dream' ? { ...before, zoom: undefined } : {};
    const request = { ...same, kind: 'dream' as const, image, size: sideOf(job), seed: newSeed() };
    return buildRequest(request, notesOf(job, []), service.context);
  },

  async larger(act) {
    const { job, service, caller } = act;
    const request = await requestOf(act);
    const settings = await service.context.repository.settings(caller.guildId);
    const most = Math.min(
      request.kind === 'visualise' ? CHANNEL_SIZE_RANGE.max : SIZE_RANGE.max,
      settings.size ?? Infinity,
    );
    const now = request.kind === 'visualise' ? (request.size ?? CHANNEL_SIZE_RANGE.default) : sideOf(job);
    if (now >= most) throw refusal('not-allowed', 'size', { size: most });
    return buildRequest({ ...request, size: Math.min(most, now * 2) }, notesOf(job), service.context);
  },

  async mine(act) {
    const { job, service, caller } = act;
    const { context } = service;
    const own = await defaultStyleSource(caller, context).catch(() => undefined);
    const source = own ?? (await firstPreset(act));
    const before = await requestOf(act);
    const content =
      (before.kind === 'style' ? before.content : undefined) ?? (await resultOf(act)).image.bytes;
    const styles = [{ image: await source.bytes() }];
    const request = { kind: 'style' as const, content, styles, size: sideOf(job), seed: newSeed() };
    // Whoever has no style of their own should know which one was taken, and how to set one.
    const remarks = own ? [] : [{ key: 'default-style', values: { style: source.title } }];
    const spoiler = job.spoiler || (source.hidden ?? false);
    return buildRequest(request, { ...notesOf(job, [source.title]), spoiler, remarks }, context);
  },
} satisfies Partial<Record<Action, (act: ActionContext) => Promise<RenderCommand>>>;

export interface ActionReply {
  readonly content: string;
  readonly files?: FilesOut;
}

/** Actions whose answer is for the one who asked. */
export const replyActions = {
  async losses(act) {
    const image = await act.service.context.renderer.chart((await resultOf(act)).trace);
    return told(act, 'alt.losses', 'losses', fitting(act, image));
  },

  async growth(act) {
    const { growth } = await resultOf(act);
    if (!growth) throw refusal('nothing-to-show', 'gone');
    return told(act, 'alt.growth', 'growth', fitting(act, growth));
  },

  async original(act) {
    const { service } = act;
    const bytes = pictureOf(await requestOf(act));
    if (!bytes) throw refusal('nothing-to-show', 'gone');
    // What a camera wrote into the file is nobody else's to read.
    const clean = (maxBytes: number) => service.context.renderer.clean(bytes, { maxBytes });
    return told(act, 'alt.original', 'original', clean);
  },

  async star(act) {
    const { job, caller, service, t } = act;
    await resultOf(act);
    const { repository } = service.context;
    const given = !(await repository.hasStarred(job.id, caller.userId));
    const stars = await repository.star(job.id, caller.userId, given);
    if (given) await postToStarboard(act, stars);
    return { content: t(given ? 'done.star' : 'done.unstar') };
  },

  async copy(act) {
    await sendCopy(act);
    return { content: act.t('done.copy') };
  },
} satisfies Partial<Record<Action, (act: ActionContext) => Promise<ActionReply>>>;

/** The result and its buttons in a direct message. Throws `nothing-to-show` where the person takes none. */
export async function sendCopy(act: ActionContext): Promise<void> {
  const { job, caller, service, t } = act;
  mayShow(job, caller);
  const { client, context } = service.options;
  const result = await resultOf(act);
  const subject = await service.subject(job, t);
  const user = await client.users.fetch(caller.userId);
  try {
    const message = await fitToUploadLimit(UPLOAD_LIMIT, async (maxBytes) =>
      user.send(finalView(subject, result, await fitResult(result, maxBytes, context.renderer))),
    );
    await service.addCopy(job, { ...locationOf(message), userId: caller.userId });
  } catch (cause) {
    if (cause instanceof ReverieError) throw cause;
    context.log.info({ err: cause, job: job.id }, 'a copy could not be sent');
    throw refusal('nothing-to-show', 'closed');
  }
}

const notesOf = (job: JobRecord, styles: readonly string[] = job.styles) => ({
  styles,
  spoiler: job.spoiler,
  parent: job.id,
});

const sideOf = ({ plan }: JobRecord) =>
  Math.min(SIZE_RANGE.max, Math.max(SIZE_RANGE.min, plan.width, plan.height));

async function firstPreset({ service }: ActionContext): Promise<StyleSource> {
  const { presets } = service.context;
  const [first] = await presets.list();
  if (!first) throw refusal('invalid-parameter', 'no-style');
  return presetSource(first.name, presets);
}

/** The same picture in a file of at most so many bytes. */
const fitting =
  ({ service }: ActionContext, image: EncodedImage) =>
  (maxBytes: number): Promise<EncodedImage> =>
    image.bytes.byteLength <= maxBytes
      ? Promise.resolve(image)
      : service.context.renderer.clean(image.bytes, { maxBytes });

function told(
  { job, t }: ActionContext,
  key: Key,
  stem: string,
  encode: (maxBytes: number) => Promise<EncodedImage>,
): ActionReply {
  return {
    content: t(key),
    async files(maxBytes) {
      const { bytes, format } = await encode(maxBytes);
      const name = `${job.spoiler ? 'SPOILER_' : ''}${stem}.${format}`;
      return [{ name, bytes, description: t(key) }];
    },
  };
}
