import { ModalBuilder, type ModalSubmitFields } from 'discord.js';
import { keyOf } from '../../commands/shared/define.js';
import type { JobRecord } from '../../jobs/job-repository.js';
import { newSeed } from '../../commands/shared/options.js';
import { betaOf, COLOURS, strengthOf, STYLE_STRENGTH_RANGE } from '../../commands/style.js';
import type { Translate } from '../../i18n/translate.js';
import {
  CHANNEL_SIZE_RANGE,
  LAYER_NAME_MAX,
  OCTAVES_RANGE,
  STRENGTH_RANGE,
  STYLE_SCALE_RANGE,
  type RenderRequestInput,
} from '../../pipeline/requests.js';
import { refusal } from '../../errors.js';
import { actionId, FIELDS } from './custom-ids.js';
import { line, list } from './modal-fields.js';
import { NUMBERS, numberLine, readNumber, type NumberField } from './numbers.js';

/** The modal of the remix button, filled with the parameters of the job. */
export function remixModal({ id, plan }: JobRecord, request: RenderRequestInput, t: Translate): ModalBuilder {
  const modal = new ModalBuilder()
    .setCustomId(actionId({ action: 'remix', jobId: id }))
    .setTitle(t('modal.remix'));
  const optional = { required: false };
  const seed = numberLine(NUMBERS.seed, t, request.seed, optional);
  const layer = (name: string | undefined) =>
    line(FIELDS.layer, t('modal.layer'), name, { ...optional, maxLength: LAYER_NAME_MAX });
  switch (request.kind) {
    case 'style': {
      const { alpha = 1, beta = 10, styleScale = STYLE_SCALE_RANGE.default } = request;
      const colours = COLOURS.map((value) => ({ value, label: t(keyOf(`choice.colours.${value}`)) }));
      return modal.addLabelComponents(
        numberLine(NUMBERS.styleStrength, t, strengthOf(alpha, beta)),
        numberLine(NUMBERS.brush, t, styleScale),
        list(FIELDS.colours, t('modal.colours'), colours, request.colour ?? 'style'),
        numberLine(NUMBERS.size, t, Math.max(plan.width, plan.height)),
        seed,
      );
    }
    case 'dream':
      return modal.addLabelComponents(
        layer(request.targets?.[0]?.layer ?? plan.layer),
        numberLine(NUMBERS.dreamStrength, t, request.strength ?? STRENGTH_RANGE.default),
        numberLine(NUMBERS.octaves, t, request.octaves ?? OCTAVES_RANGE.default),
        numberLine(NUMBERS.size, t, Math.max(plan.width, plan.height)),
        seed,
      );
    case 'visualise': {
      const { channels } = request;
      const one = channels && channels[0] === channels[1] ? channels[0] : undefined;
      return modal.addLabelComponents(
        layer(request.layer ?? plan.layer),
        numberLine(NUMBERS.channel, t, one, optional),
        numberLine(NUMBERS.channelSize, t, request.size ?? CHANNEL_SIZE_RANGE.default),
        seed,
      );
    }
    case 'sheet':
    case 'teach':
      throw noRemix();
  }
}

/** The request with the changes that were filled in. Throws `invalid-parameter` for a number that cannot be used. */
export function readRemix(
  fields: ModalSubmitFields,
  request: RenderRequestInput,
  t: Translate,
): RenderRequestInput {
  const number = (field: NumberField) => readNumber(fields, field, t);
  const size = number(request.kind === 'visualise' ? NUMBERS.channelSize : NUMBERS.size);
  const same = { seed: number(NUMBERS.seed) ?? newSeed(), ...(size === undefined ? {} : { size }) };
  switch (request.kind) {
    case 'style': {
      const { alpha = 1, beta = 10 } = request;
      const strength = number(NUMBERS.styleStrength) ?? STYLE_STRENGTH_RANGE.default;
      // The rounded strength must not change weights that nobody touched.
      const weights = strength === strengthOf(alpha, beta) ? {} : { alpha: 1, beta: betaOf(strength) };
      const colour = COLOURS.find((name) => fields.getStringSelectValues(FIELDS.colours).includes(name));
      const styleScale = number(NUMBERS.brush) ?? STYLE_SCALE_RANGE.default;
      return { ...request, ...same, ...weights, styleScale, ...(colour ? { colour } : {}) };
    }
    case 'dream': {
      const layer = fields.getTextInputValue(FIELDS.layer).trim();
      const kept = request.targets?.[0]?.layer === layer;
      return {
        ...request,
        ...same,
        ...(layer === '' || kept ? {} : { targets: [{ layer }] }),
        strength: number(NUMBERS.dreamStrength),
        octaves: number(NUMBERS.octaves),
      };
    }
    case 'visualise': {
      const layer = fields.getTextInputValue(FIELDS.layer).trim();
      const channel = number(NUMBERS.channel);
      return {
        ...request,
        ...same,
        ...(layer === '' ? {} : { layer }),
        ...(channel === undefined ? {} : { channels: [channel, channel] as [number, number] }),
      };
    }
    case 'sheet':
    case 'teach':
      throw noRemix();
  }
}

/** There is no such button: of a sheet, one of its pictures is chosen instead. */
const noRemix = () => refusal('nothing-to-show', 'button');
