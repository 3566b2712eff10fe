import { ActionRowBuilder, AttachmentBuilder, ButtonBuilder, ButtonStyle, EmbedBuilder } from 'discord.js';
import type { Field } from '../commands/command.js';
import type { ReverieError } from '../errors.js';
import type { EncodedImage, Frame, Losses, RenderResult } from '../pipeline/contract.js';
import { customId } from './custom-id.js';
import type { View } from './reply.js';

/** What the views need to know of a job. */
export interface Subject {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly Field[];
}

const COLOUR = 0x6b5b95;

function cancelRow(jobId: string): ActionRowBuilder<ButtonBuilder> {
  return new ActionRowBuilder<ButtonBuilder>().addComponents(
    new ButtonBuilder()
      .setCustomId(customId({ action: 'cancel', jobId }))
      .setLabel('Cancel')
      .setStyle(ButtonStyle.Secondary),
  );
}

function view(parts: Partial<View>): View {
  return { content: '', embeds: [], components: [], files: [], allowedMentions: { parse: [] }, ...parts };
}

export const textView = (content: string) => view({ content });

/** @param position the place in the queue; 0 when the job is starting */
export function waitingView(job: Subject, position: number): View {
  const content =
    position === 0
      ? `**${job.title}** · starting…`
      : position === 1
        ? `**${job.title}** · next in the queue.`
        : `**${job.title}** · number ${position} in the queue.`;
  return view({ content, components: [cancelRow(job.id)] });
}

export function runningView(job: Subject, frame: Frame, preview: EncodedImage): View {
  const name = fileName('preview', preview);
  const description = `${job.title}, unfinished: step ${frame.step} of ${frame.steps}`;
  return view({
    content: `**${job.title}** · ${progressLine(frame)}`,
    embeds: [new EmbedBuilder().setColor(COLOUR).setImage(`attachment://${name}`)],
    components: [cancelRow(job.id)],
    files: [file(preview, name, description)],
  });
}

export function finalView(job: Subject, result: RenderResult, image: EncodedImage): View {
  const name = fileName(job.title.toLowerCase(), image);
  const { trace } = result;
  const fields = [
    ...job.fields,
    { name: 'Took', value: duration(trace.seconds) },
    ...lossFields(trace.steps.at(0)?.losses, trace.steps.at(-1)?.losses),
  ];
  return view({
    content: `**${job.title}**`,
    embeds: [
      new EmbedBuilder()
        .setColor(COLOUR)
        .setImage(`attachment://${name}`)
        .addFields(fields.slice(0, 25).map((field) => ({ ...field, inline: true })))
        .setFooter({ text: `${trace.engine} on ${trace.device}` }),
    ],
    files: [file(image, name, altText(job))],
  });
}

export function failedView(job: Subject, error: ReverieError): View {
  return view({ content: `**${job.title}** · ${error.sentence}` });
}

function progressLine({ scale, scales, step, steps, losses, secondsLeft }: Frame): string {
  const { total } = losses;
  return [
    `scale ${scale}/${scales}`,
    `step ${step}/${steps}`,
    ...(total === undefined ? [] : [`loss ${short(total)}`]),
    `${duration(secondsLeft)} left`,
  ].join(' · ');
}

function lossFields(first: Losses | undefined, last: Losses | undefined): Field[] {
  if (!first || !last) return [];
  const value = Object.entries(last)
    .map(
      ([name, end]) => `${name}: ${first[name] === undefined ? '' : `${short(first[name])} → `}${short(end)}`,
    )
    .join('\n')
    .slice(0, 1024);
  return value ? [{ name: 'Loss', value }] : [];
}

const altText = (job: Subject) =>
  `${job.title}: ${job.fields.map(({ name, value }) => `${name} ${value}`).join(', ')}`.slice(0, 1024);

const fileName = (stem: string, image: EncodedImage) =>
  `${stem}.${image.format === 'jpeg' ? 'jpg' : image.format}`;

const file = (image: EncodedImage, name: string, description: string) =>
  new AttachmentBuilder(Buffer.from(image.bytes), { name, description });

const short = (value: number) => String(Number(value.toPrecision(4)));

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
