import type { Client } from 'discord.js';
import { ask } from '../commands/ask.js';
import { mayRule, mayShow, notAllowed } from '../commands/authorise.js';
import type { FileOut } from '../commands/command.js';
import type { RenderAsk } from '../commands/render-ask.js';
import { pictureOf, type KeptJob, type KeptResult } from '../commands/keeping.js';
import { habitualManner, presetManner, type Manner } from '../commands/manner.js';
import { newSeed } from '../commands/options.js';
import { UPLOAD_LIMIT, type Place } from '../commands/place.js';
import { refusal } from '../commands/refusals.js';
import { translator, type Key, type Translate } from '../locales/translate.js';
import { SIZE_RANGE, type EncodedImage } from '../pipeline/contract.js';
import type { Action } from './custom-id.js';
import { exhibit } from './exhibit.js';
import { fitted } from './fitted.js';
import type { Studio } from './studio.js';
import { finalView } from './views.js';

/** Something done to a result, by a button or by a reaction. */
export interface Act {
  readonly studio: Studio;
  readonly job: KeptJob;
  readonly place: Place;
  readonly t: Translate;
}

const notFinished = () => refusal('nothing-to-show', 'unfinished');

async function resultOf({ studio, job }: Act): Promise<KeptResult> {
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
    const most = Math.min(request.kind === 'visualise' ? 1024 : SIZE_RANGE.max, settings.size ?? Infinity);
    const now = request.kind === 'visualise' ? (request.size ?? 192) : sideOf(job);
    if (now >= most) throw refusal('not-allowed', 'size', { size: most });
    return ask({ ...request, size: Math.min(most, now * 2) }, notesOf(job), studio.context);
  },

  async mine(act) {
    const { job, studio, place } = act;
    const { context } = studio;
    const manner = await habitualManner(place, context).catch(() => firstPreset(act));
    const before = await requestOf(act);
    const content =
      (before.kind === 'style' ? before.content : undefined) ?? (await resultOf(act)).image.bytes;
    const styles = [{ image: await manner.bytes() }];
    const request = { kind: 'style' as const, content, styles, size: sideOf(job), seed: newSeed() };
    return ask(request, notesOf(job, [manner.title]), context);
  },
} satisfies Partial<Record<Action, (act: Act) => Promise<RenderAsk>>>;

export interface Telling {
  readonly content: string;
  readonly files?: readonly FileOut[];
}

/** Actions whose answer is for the one who asked. */
export const TELLERS = {
  async losses(act) {
    const image = await act.studio.context.renderer.chart((await resultOf(act)).trace);
    return told(act, 'alt.losses', 'losses', image);
  },

  async growth(act) {
    const { growth } = await resultOf(act);
    if (!growth) throw refusal('nothing-to-show', 'gone');
    return told(act, 'alt.growth', 'growth', growth);
  },

  async original(act) {
    const { place, studio } = act;
    const bytes = pictureOf(await requestOf(act));
    if (!bytes) throw refusal('nothing-to-show', 'gone');
    // What a camera wrote into the file is nobody else's to read.
    const image = await studio.context.renderer.clean(bytes, { maxBytes: place.uploadLimit });
    return told(act, 'alt.original', 'original', image);
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
    await sendCopy(act, act.studio.options.client);
    return { content: act.t('done.copy') };
  },
} satisfies Partial<Record<Action, (act: Act) => Promise<Telling>>>;

/** The result and its buttons in a direct message. Throws `nothing-to-show` where the person takes none. */
export async function sendCopy(act: Act, client: Client): Promise<void> {
  const { job, place, t } = act;
  mayShow(job, place);
  const result = await resultOf(act);
  const image = await fitted(result, UPLOAD_LIMIT, act.studio.context.renderer);
  const subject = await act.studio.subject(job, t);
  try {
    const user = await client.users.fetch(place.userId);
    await user.send(finalView(subject, result, image));
  } catch (cause) {
    act.studio.context.log.info({ err: cause, job: job.id }, 'a copy could not be sent');
    throw refusal('nothing-to-show', 'closed');
  }
}

/** Hides a result for good; the message is drawn anew by who asked. Throws `not-allowed`. */
export async function hide(act: Act): Promise<ReturnType<typeof finalView>> {
  const { job, studio } = act;
  checkRule(act);
  const result = await resultOf(act);
  await studio.context.keeping.hide(job.id);
  const subject = await studio.subject({ ...job, spoiler: true }, translator(job.locale));
  return finalView(subject, result, result.image);
}

/** Throws `not-allowed` where the job is not this person's to rule. */
export function checkRule({ job, place, studio }: Act): void {
  if (!mayRule(place, job, studio.options.lists)) throw notAllowed();
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

function told({ job, t }: Act, key: Key, stem: string, image: EncodedImage): Telling {
  const name = `${job.spoiler ? 'SPOILER_' : ''}${stem}.${image.format}`;
  return { content: t(key), files: [{ name, bytes: image.bytes, description: t(key) }] };
}
