import { ask } from '../commands/ask.js';
import { mayShow } from '../commands/authorise.js';
import type { FilesOut } from '../commands/command.js';
import type { RenderAsk } from '../commands/render-ask.js';
import { pictureOf, type KeptJob, type KeptResult } from '../commands/keeping.js';
import { habitualManner, presetManner, type Manner } from '../commands/manner.js';
import { newSeed } from '../commands/options.js';
import { UPLOAD_LIMIT, type Place } from '../commands/place.js';
import { refusal } from '../commands/refusals.js';
import { ReverieError } from '../errors.js';
import { fitResult } from '../commands/fit-result.js';
import { type Key, type Translate } from '../locales/translate.js';
import { CHANNEL_SIZE_RANGE, SIZE_RANGE, type EncodedImage } from '../pipeline/contract.js';
import type { Action } from './custom-id.js';
import { exhibit } from './exhibit.js';
import { fitToUploadLimit } from './fit-to-upload-limit.js';
import type { Studio } from './studio.js';
import { placeOfMessage } from './surface.js';
import { finalView } from './views.js';

/** Something done to a result, by a button or by a reaction. */
export interface Act {
  readonly studio: Studio;
  readonly job: KeptJob;
  readonly place: Place;
  readonly t: Translate;
  /** The message it was done on: the job's own, or a copy. */
  readonly messageId: string;
}

const notFinished = () => refusal('nothing-to-show', 'unfinished');

export async function resultOf({ studio, job }: Act): Promise<KeptResult> {
  const result = await studio.context.keeping.result(job.id);
  if (!result) throw notFinished();
  return result;
}

const requestOf = ({ studio, job }: Act) => studio.context.keeping.request(job.id);

/** Actions that make a new picture out of a result. */
export const MAKERS = {
  async again(act) {
    const request = await requestOf(act);
    return ask({ ...request, seed: newSeed() }, notesOf(act.job), act.studio.context);
  },

  async deeper(act) {
    const { job, studio } = act;
    const image = (await resultOf(act)).image.bytes;
    const before = await requestOf(act);
    const same = before.kind === 'dream' ? { ...before, zoom: undefined } : {};
    const request = { ...same, kind: 'dream' as const, image, size: sideOf(job), seed: newSeed() };
    return ask(request, notesOf(job, []), studio.context);
  },

  async larger(act) {
    const { job, studio, place } = act;
    const request = await requestOf(act);
    const settings = await studio.context.keeping.settings(place.guildId);
    const most = Math.min(
      request.kind === 'visualise' ? CHANNEL_SIZE_RANGE.max : SIZE_RANGE.max,
      settings.size ?? Infinity,
    );
    const now = request.kind === 'visualise' ? (request.size ?? CHANNEL_SIZE_RANGE.default) : sideOf(job);
    if (now >= most) throw refusal('not-allowed', 'size', { size: most });
    return ask({ ...request, size: Math.min(most, now * 2) }, notesOf(job), studio.context);
  },

  async mine(act) {
    const { job, studio, place } = act;
    const { context } = studio;
    const own = await habitualManner(place, context).catch(() => undefined);
    const manner = own ?? (await firstPreset(act));
    const before = await requestOf(act);
    const content =
      (before.kind === 'style' ? before.content : undefined) ?? (await resultOf(act)).image.bytes;
    const styles = [{ image: await manner.bytes() }];
    const request = { kind: 'style' as const, content, styles, size: sideOf(job), seed: newSeed() };
    // Whoever has no style of their own should know which one was taken, and how to set one.
    const remarks = own ? [] : [{ key: 'default-style', values: { style: manner.title } }];
    const spoiler = job.spoiler || (manner.hidden ?? false);
    return ask(request, { ...notesOf(job, [manner.title]), spoiler, remarks }, context);
  },
} satisfies Partial<Record<Action, (act: Act) => Promise<RenderAsk>>>;

export interface Telling {
  readonly content: string;
  readonly files?: FilesOut;
}

/** Actions whose answer is for the one who asked. */
export const TELLERS = {
  async losses(act) {
    const image = await act.studio.context.renderer.chart((await resultOf(act)).trace);
    return told(act, 'alt.losses', 'losses', fitting(act, image));
  },

  async growth(act) {
    const { growth } = await resultOf(act);
    if (!growth) throw refusal('nothing-to-show', 'gone');
    return told(act, 'alt.growth', 'growth', fitting(act, growth));
  },

  async original(act) {
    const { studio } = act;
    const bytes = pictureOf(await requestOf(act));
    if (!bytes) throw refusal('nothing-to-show', 'gone');
    // What a camera wrote into the file is nobody else's to read.
    const clean = (maxBytes: number) => studio.context.renderer.clean(bytes, { maxBytes });
    return told(act, 'alt.original', 'original', clean);
  },

  async star(act) {
    const { job, place, studio, t } = act;
    await resultOf(act);
    const { keeping } = studio.context;
    const given = !(await keeping.hasStarred(job.id, place.userId));
    const stars = await keeping.star(job.id, place.userId, given);
    if (given) await exhibit(act, stars);
    return { content: t(given ? 'done.star' : 'done.unstar') };
  },

  async copy(act) {
    await sendCopy(act);
    return { content: act.t('done.copy') };
  },
} satisfies Partial<Record<Action, (act: Act) => Promise<Telling>>>;

/** The result and its buttons in a direct message. Throws `nothing-to-show` where the person takes none. */
export async function sendCopy(act: Act): Promise<void> {
  const { job, place, studio, t } = act;
  mayShow(job, place);
  const { client, context } = studio.options;
  const result = await resultOf(act);
  const subject = await studio.subject(job, t);
  const user = await client.users.fetch(place.userId);
  try {
    const message = await fitToUploadLimit(UPLOAD_LIMIT, async (maxBytes) =>
      user.send(finalView(subject, result, await fitResult(result, maxBytes, context.renderer))),
    );
    await studio.addCopy(job, { ...placeOfMessage(message), userId: place.userId });
  } catch (cause) {
    if (cause instanceof ReverieError) throw cause;
    context.log.info({ err: cause, job: job.id }, 'a copy could not be sent');
    throw refusal('nothing-to-show', 'closed');
  }
}

const notesOf = (job: KeptJob, styles: readonly string[] = job.styles) => ({
  styles,
  spoiler: job.spoiler,
  parent: job.id,
});

const sideOf = ({ plan }: KeptJob) =>
  Math.min(SIZE_RANGE.max, Math.max(SIZE_RANGE.min, plan.width, plan.height));

async function firstPreset({ studio }: Act): Promise<Manner> {
  const { presets } = studio.context;
  const [first] = await presets.list();
  if (!first) throw refusal('invalid-parameter', 'no-style');
  return presetManner(first.name, presets);
}

/** The same picture in a file of at most so many bytes. */
const fitting =
  ({ studio }: Act, image: EncodedImage) =>
  (maxBytes: number): Promise<EncodedImage> =>
    image.bytes.byteLength <= maxBytes
      ? Promise.resolve(image)
      : studio.context.renderer.clean(image.bytes, { maxBytes });

function told(
  { job, t }: Act,
  key: Key,
  stem: string,
  encode: (maxBytes: number) => Promise<EncodedImage>,
): Telling {
  return {
    content: t(key),
    async files(maxBytes) {
      const { bytes, format } = await encode(maxBytes);
      const name = `${job.spoiler ? 'SPOILER_' : ''}${stem}.${format}`;
      return [{ name, bytes, description: t(key) }];
    },
  };
}
