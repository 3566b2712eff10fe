/** Shows a modal of the bot, and reads what is filled in. */
import { ComponentType, TextInputStyle } from './constants.js';
import { element, find } from './dom.js';

/**
 * @typedef {import('discord-api-types/v10').APIModalInteractionResponseCallbackData} Modal
 * @typedef {import('discord-api-types/v10').APIComponentInLabel} ModalField
 */

const dialog = find('#modal', HTMLDialogElement);
const form = find('#modal form', HTMLFormElement);

/**
 * @param {Modal} modal
 * @param {(values: FormData) => unknown} submit gets each value as `field.` and the field's custom id
 */
export function showModal(modal, submit) {
  const fields = modal.components.flatMap(labelledFields).map(({ label, field }) => {
    const control = renderField(field);
    control.required = 'required' in field ? field.required : true;
    return element('label', {}, element('span', {}, label), control);
  });
  form.replaceChildren(
    element('strong', {}, modal.title),
    ...fields,
    element('button', { class: 'style-1' }, 'Submit'),
  );
  form.onsubmit = () => {
    const values = new FormData();
    for (const [name, value] of new FormData(form)) values.append(`field.${name}`, value);
    submit(values);
  };
  dialog.showModal();
}

/**
 * @param {Modal['components'][number]} row
 * @returns {{ label: string, field: ModalField }[]}
 */
function labelledFields(row) {
  if (row.type === ComponentType.Label) return [{ label: row.label, field: row.component }];
  if (row.type !== ComponentType.ActionRow) return [];
  return row.components.map((field) => ({ label: field.label ?? '', field }));
}

/** @param {ModalField} field */
function renderField(field) {
  const name = field.custom_id;
  if (field.type === ComponentType.FileUpload)
    return element('input', { type: 'file', accept: 'image/*', name });
  if (field.type === ComponentType.StringSelect) {
    const options = field.options.map(({ value, label }) => element('option', { value }, label));
    const select = element('select', { name }, ...options);
    const chosen = field.options.find((option) => option.default) ?? field.options[0];
    select.multiple = (field.max_values ?? 1) > 1;
    select.value = chosen?.value ?? '';
    return select;
  }
  if (field.type !== ComponentType.TextInput)
    throw new Error(`The page does not support modal fields of type ${field.type}`);
  const input = element(field.style === TextInputStyle.Paragraph ? 'textarea' : 'input', { name });
  input.value = field.value ?? '';
  input.placeholder = field.placeholder ?? '';
  return input;
}
