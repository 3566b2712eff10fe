import { LabelBuilder, StringSelectMenuBuilder, TextInputBuilder, TextInputStyle } from 'discord.js';
import type { FieldId } from './custom-ids.js';

export interface LineOptions {
  readonly required?: boolean;
  readonly maxLength?: number;
}

/** A text input of one line. */
export function line(
  id: FieldId,
  label: string,
  value: string | number | undefined,
  { required = true, maxLength }: LineOptions = {},
): LabelBuilder {
  const input = new TextInputBuilder().setCustomId(id).setStyle(TextInputStyle.Short).setRequired(required);
  if (value !== undefined) input.setValue(String(value));
  if (maxLength !== undefined) input.setMaxLength(maxLength);
  return new LabelBuilder().setLabel(label).setTextInputComponent(input);
}

export interface ListOption {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

/** A list to choose up to `most` options from; Discord allows up to 25. */
export function list(
  id: FieldId,
  label: string,
  options: readonly ListOption[],
  chosen: string | undefined,
  most = 1,
): LabelBuilder {
  const select = new StringSelectMenuBuilder()
    .setCustomId(id)
    .setMaxValues(most)
    .addOptions(options.map((option) => ({ ...option, default: option.value === chosen })));
  return new LabelBuilder().setLabel(label).setStringSelectMenuComponent(select);
}
