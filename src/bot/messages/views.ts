import { AttachmentBuilder, EmbedBuilder, type APIEmbed } from 'discord.js';
import { altText, previewAltText } from '../../commands/shared/alt-text.js';
import { duration, engineNames, expectedFinish } from '../../commands/shared/labels.js';
import type { Field } from '../../jobs/render-command.js';
import { choiceWords, keyOf } from '../../commands/shared/define.js';
import type { ReverieError } from '../../errors.js';
import { oneLine, plainText } from '../../i18n/plain-text.js';
import { isKey, sentenceOf } from '../../i18n/translate.js';
import type { EncodedImage } from '../../pipeline/pictures.js';
import type { Frame, Losses, RenderResult } from '../../pipeline/renderer.js';
import type { View } from './message-target.js';
import { cancelRow, resultRows, sheetListRow } from './result-buttons.js';
import type { Subject } from './subject.js';

export const COLOUR = 0x6b5b95;
/** Discord's limit for a footer, in characters. */
const FOOTER_MAX = 2048;
/** Characters of a field's value before it is escaped; Discord's limit is 1024 after that. */
const FIELD_MAX = 500;

export function view(parts: Partial<View>): View {
  return { content: '', embeds: [], components: [], files: [], allowedMentions: { parse: [] }, ...parts };
}

export const textView = (content: string) => view({ content });

/**
 * @param position the place in the queue; 0 when the job is starting
 * @param doneAt when the picture is expected, if that is known
 */
export function waitingView(job: Subject, position: number, doneAt?: Date): View {
  const { t } = job;
  const estimate = doneAt ? ` · ${expectedFinish(doneAt, t)}` : '';
  const content = `${heading(job)} · ${queueLine(job, position)}${estimate}`;
  return view({ content, components: [cancelRow(job.id, t)] });
}

export function runningView(job: Subject, frame: Frame, preview: EncodedImage, now = Date.now()): View {
  const { t } = job;
  const { secondsLeft } = frame;
  const expected =
    secondsLeft === undefined ? [] : [expectedFinish(new Date(now + secondsLeft * 1000), t, now)];
  return view({
    content: [heading(job), progressLine(job, frame), ...expected].join(' · '),
    components: [cancelRow(job.id, t)],
    ...previewed(job, frame, preview),
  });
}

/** The last edit of a message that cannot be edited any more: without buttons and expected times. */
export function leavingView(
  job: Subject,
  latest: { position: number } | { frame: Frame; preview: EncodedImage },
): View {
  const { t } = job;
  const state = 'frame' in latest ? progressLine(job, latest.frame) : queueLine(job, latest.position);
  return view({
    content: `${heading(job)} · ${state}\n${t('progress.in-person', { show: t('name.show') })}`,
    ...('frame' in latest ? previewed(job, latest.frame, latest.preview) : {}),
  });
}

export function finalView(job: Subject, result: Pick<RenderResult, 'trace'>, image: EncodedImage): View {
  const { t } = job;
  const { trace } = result;
  const fields = [
    ...job.fields.map(({ name, value }) => ({
      name: t(keyOf(`field.${name}`)),
      value: plainText(choiceWords(name, value, t), FIELD_MAX),
    })),
    { name: t('field.took'), value: duration(trace.seconds, t) },
    ...lossFields(job, trace.steps.at(0)?.losses, trace.steps.at(-1)?.losses),
  ];
  const { embeds, files } = shown(job, image, job.kind, altText(job, t));
  const embed = (embeds[0] ?? new EmbedBuilder({ color: COLOUR }))
    .addFields(fields.slice(0, 25).map((field) => ({ ...field, inline: true })))
    .setFooter({ text: footer(job, trace) });
  return view({
    content: heading(job),
    embeds: [embed],
    components: [
      ...(job.choices ? [sheetListRow(job.id, job.choices, t)] : []),
      ...resultRows(job.id, t, job.without),
    ],
    files,
  });
}

export function failedView(job: Subject, error: ReverieError): View {
  return view({ content: `${heading(job)} · ${sentenceOf(error, job.t)}` });
}

/** Discord renders no markdown in a footer. */
function footer({ remarks = [], t }: Subject, trace: RenderResult['trace']): string {
  const sentences = remarks.flatMap(({ key, values = {} }) => {
    const name = `remark.${key}`;
    const shown = Object.entries(values).map(([value, of]) => [
      value,
      oneLine(choiceWords(value, String(of), t)),
    ]);
    return isKey(name) ? [t(name, Object.fromEntries(shown) as Record<string, string>)] : [];
  });
  return [...sentences, t('result.engine', engineNames(trace))].join('\n').slice(0, FOOTER_MAX);
}

/** The picture in an embed; a spoiler as a plain attachment, since embeds have no spoilers. */
function shown(
  { spoiler = false }: Subject,
  image: EncodedImage,
  stem: string,
  description: string,
): Pick<View, 'embeds' | 'files'> {
  const name = `${spoiler ? 'SPOILER_' : ''}${stem}.${image.format === 'jpeg' ? 'jpg' : image.format}`;
  const files = [new AttachmentBuilder(Buffer.from(image.bytes), { name, description })];
  // The description is the embed's, not the attachment's; `setImage` accepts none.
  const embed: APIEmbed = { color: COLOUR, image: { url: `attachment://${name}`, description } };
  return { files, embeds: spoiler ? [] : [new EmbedBuilder(embed)] };
}

const title = ({ kind, t }: Subject) => t(`title.${kind}`);

function heading(job: Subject): string {
  const { parent, origin, t } = job;
  return [
    `**${title(job)}**`,
    ...(parent ? [t('result.remix', parent)] : []),
    ...(origin === undefined ? [] : [t('result.origin', { link: origin })]),
  ].join(' · ');
}

function queueLine({ t }: Subject, position: number): string {
  if (position === 0) return t('progress.starting');
  return position === 1 ? t('progress.next') : t('progress.place', { position });
}

function previewed(job: Subject, frame: Frame, preview: EncodedImage): Pick<View, 'embeds' | 'files'> {
  return shown(job, preview, 'preview', previewAltText(job, frame, job.t));
}

function progressLine(job: Subject, { scale, scales, step, steps, losses: { total } }: Frame): string {
  const { t } = job;
  if (job.kind === 'sheet') return t('progress.cell', { step, steps });
  if (step === 0) return t('progress.start', { steps });
  const measure = descends(job) ? 'progress.loss' : 'progress.activation';
  return [
    t('progress.scale', { scale, scales }),
    t('progress.step', { step, steps }),
    ...(total === undefined ? [] : [t(measure, { loss: short(total) })]),
  ].join(' · ');
}

/** The total loss or activation of the first and the last step; the chart shows its parts. */
function lossFields(job: Subject, first: Losses | undefined, last: Losses | undefined): Field[] {
  if (first?.total === undefined || last?.total === undefined) return [];
  const name = job.t(descends(job) ? 'field.loss' : 'field.activation');
  return [{ name, value: `${short(first.total)} → ${short(last.total)}` }];
}

/** Styles and lessons minimise a loss; dreams and visualisations maximise an activation. */
const descends = ({ kind }: Subject) => kind === 'style' || kind === 'teach';

const short = (value: number) => String(Number(value.toPrecision(4)));
