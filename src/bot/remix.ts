import {
  LabelBuilder,
  ModalBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  TextInputStyle,
  type ModalSubmitFields,
} from 'discord.js';
import { ask } from '../commands/ask.js';
import type { CommandContext } from '../commands/command.js';
import type { RenderAsk } from '../commands/render-ask.js';
import { keyOf } from '../commands/define.js';
import type { KeptJob } from '../commands/keeping.js';
import { newSeed } from '../commands/options.js';
import { refusal } from '../commands/refusals.js';
import { betaOf, COLOURS, strengthOf } from '../commands/style.js';
import type { Key, Translate } from '../locales/translate.js';
import type { RenderRequestInput } from '../pipeline/contract.js';
import { customId } from './custom-id.js';

/** A line to type into. */
export function line(
  id: string,
  key: Key,
  t: Translate,
  value: string | number | undefined,
  required = true,
) {
  const input = new TextInputBuilder().setCustomId(id).setStyle(TextInputStyle.Short).setRequired(required);
  if (value !== undefined) input.setValue(String(value));
  return new LabelBuilder().setLabel(t(key)).setTextInputComponent(input);
}

/** A list to choose one from. */
export function list(
  id: string,
  label: string,
  options: readonly { value: string; label: string }[],
  chosen: string | undefined,
) {
  const select = new StringSelectMenuBuilder()
    .setCustomId(id)
    .addOptions(options.map((option) => ({ ...option, default: option.value === chosen })));
  return new LabelBuilder().setLabel(label).setStringSelectMenuComponent(select);
}

/** The parameters of a job in a form, as they were. */
export function remixModal({ id, plan }: KeptJob, request: RenderRequestInput, t: Translate): ModalBuilder {
  const modal = new ModalBuilder()
    .setCustomId(customId({ action: 'remix', jobId: id }))
    .setTitle(t('modal.remix'));
  const seed = line('seed', 'modal.seed', t, request.seed, false);
  switch (request.kind) {
    case 'style': {
      const colours = COLOURS.map((value) => ({ value, label: t(keyOf(`choice.colours.${value}`)) }));
      return modal.addLabelComponents(
        line('strength', 'modal.strength', t, strengthOf(request.alpha ?? 1, request.beta ?? 10)),
        line('brush', 'modal.brush', t, request.styleScale ?? 1),
        list('colours', t('modal.colours'), colours, request.colour ?? 'style'),
        line('size', 'modal.size', t, Math.max(plan.width, plan.height)),
        seed,
      );
    }
    case 'dream':
      return modal.addLabelComponents(
        line('layer', 'modal.layer', t, request.targets?.[0]?.layer ?? plan.layer, false),
        line('strength', 'modal.dream-strength', t, request.strength ?? 1.5),
        line('octaves', 'modal.octaves', t, request.octaves ?? 4),
        line('size', 'modal.size', t, Math.max(plan.width, plan.height)),
        seed,
      );
    case 'visualise': {
      const { channels } = request;
      const one = channels && channels[0] === channels[1] ? channels[0] : undefined;
      return modal.addLabelComponents(
        line('layer', 'modal.layer', t, request.layer ?? plan.layer, false),
        line('channel', 'modal.channel', t, one, false),
        line('size', 'modal.size', t, request.size ?? 192),
        seed,
      );
    }
  }
}

/** A number that was typed. Throws `invalid-parameter`; what lies out of range is the pipeline's to refuse. */
export function readNumber(fields: ModalSubmitFields, id: string): number | undefined {
  const typed = fields.getTextInputValue(id).trim().replace(',', '.');
  if (typed === '') return undefined;
  const value = Number(typed);
  if (Number.isFinite(value)) return value;
  throw refusal('invalid-parameter', 'not-a-number', { value: typed.slice(0, 40), name: id });
}

export async function readRemix(
  fields: ModalSubmitFields,
  job: KeptJob,
  context: CommandContext,
): Promise<RenderAsk> {
  const notes = { styles: job.styles, spoiler: job.spoiler, parent: job.id };
  return ask(remixed(fields, await context.keeping.request(job.id)), notes, context);
}

function remixed(fields: ModalSubmitFields, request: RenderRequestInput): RenderRequestInput {
  const seed = readNumber(fields, 'seed') ?? newSeed();
  const size = readNumber(fields, 'size');
  const same = { seed, ...(size === undefined ? {} : { size }) };
  switch (request.kind) {
    case 'style': {
      const strength = readNumber(fields, 'strength') ?? 50;
      // Untouched weights stay as exact as they were.
      const weights =
        strength === strengthOf(request.alpha ?? 1, request.beta ?? 10)
          ? {}
          : { alpha: 1, beta: betaOf(Math.min(100, Math.max(0, strength))) };
      const colour = COLOURS.find((name) => fields.getStringSelectValues('colours').includes(name));
      const styleScale = readNumber(fields, 'brush') ?? 1;
      return { ...request, ...same, ...weights, styleScale, ...(colour ? { colour } : {}) };
    }
    case 'dream': {
      const layer = fields.getTextInputValue('layer').trim();
      const kept = request.targets?.[0]?.layer === layer;
      return {
        ...request,
        ...same,
        ...(layer === '' || kept ? {} : { targets: [{ layer }] }),
        strength: readNumber(fields, 'strength'),
        octaves: readNumber(fields, 'octaves'),
      };
    }
    case 'visualise': {
      const layer = fields.getTextInputValue('layer').trim();
      const channel = readNumber(fields, 'channel');
      return {
        ...request,
        ...same,
        ...(layer === '' ? {} : { layer }),
        ...(channel === undefined ? {} : { channels: [channel, channel] as [number, number] }),
      };
    }
  }
}
