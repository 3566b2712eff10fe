import { ActionRowBuilder, ButtonBuilder, ButtonStyle, StringSelectMenuBuilder } from 'discord.js';
import type { Translate } from '../../i18n/translate.js';
import { actionId, sheetListId, type Action } from '../interactions/custom-ids.js';

type Row = ActionRowBuilder<ButtonBuilder>;

/** The reaction that does the same as a button. */
export const EMOJI = {
  mine: '🎨',
  deeper: '🌀',
  again: '🔁',
  star: '⭐',
  copy: '✉️',
  spoiler: '🙈',
  delete: '❌',
} as const satisfies Partial<Record<Action, string>>;

const ROWS: readonly (readonly { action: Action; emoji: string; labelled: boolean }[])[] = [
  [
    { action: 'remix', emoji: '🎛️', labelled: true },
    { action: 'again', emoji: EMOJI.again, labelled: true },
    { action: 'deeper', emoji: EMOJI.deeper, labelled: true },
    { action: 'larger', emoji: '🔍', labelled: true },
    { action: 'mine', emoji: EMOJI.mine, labelled: true },
  ],
  [
    { action: 'refine', emoji: '✨', labelled: true },
    { action: 'others', emoji: '🖌️', labelled: true },
    { action: 'losses', emoji: '📉', labelled: true },
    { action: 'growth', emoji: '🎞️', labelled: true },
    { action: 'original', emoji: '🖼️', labelled: true },
  ],
  [
    { action: 'star', emoji: EMOJI.star, labelled: false },
    { action: 'copy', emoji: EMOJI.copy, labelled: false },
    { action: 'spoiler', emoji: EMOJI.spoiler, labelled: false },
    { action: 'delete', emoji: EMOJI.delete, labelled: false },
  ],
];

/** @param without actions that make no sense here, such as the original of a picture made from noise */
export function resultRows(jobId: string, t: Translate, without: ReadonlySet<Action> = new Set()): Row[] {
  const rows = ROWS.map((row) => row.filter(({ action }) => !without.has(action)));
  return rows
    .filter((row) => row.length > 0)
    .map((row) =>
      new ActionRowBuilder<ButtonBuilder>().addComponents(
        row.map(({ action, emoji, labelled }) => {
          const button = new ButtonBuilder()
            .setCustomId(actionId({ action, jobId }))
            .setEmoji(emoji)
            .setStyle(action === 'remix' ? ButtonStyle.Primary : ButtonStyle.Secondary);
          return labelled ? button.setLabel(t(`button.${action as 'remix'}`)) : button;
        }),
      ),
    );
}

/** The pictures of a sheet as a list; who chooses one has it painted properly. */
export function sheetListRow(
  jobId: string,
  labels: readonly string[],
  t: Translate,
): ActionRowBuilder<StringSelectMenuBuilder> {
  return new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(
    new StringSelectMenuBuilder()
      .setCustomId(sheetListId(jobId))
      .setPlaceholder(t('sheet.choose'))
      .addOptions(labels.map((label, index) => ({ label, value: String(index) }))),
  );
}

export function cancelRow(jobId: string, t: Translate): Row {
  return new ActionRowBuilder<ButtonBuilder>().addComponents(
    new ButtonBuilder()
      .setCustomId(actionId({ action: 'cancel', jobId }))
      .setLabel(t('button.cancel'))
      .setStyle(ButtonStyle.Secondary),
  );
}
