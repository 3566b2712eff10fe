/** The form of a slash command, built from the options that the bot has registered. */
import { ApplicationCommandType, OptionType } from './constants.js';
import { element } from './dom.js';

/**
 * @typedef {Readonly<Record<string, string>> | null} Localizations
 *
 * @typedef {object} Localized
 * @property {string} name
 * @property {Localizations} [name_localizations]
 * @property {string} [description]
 * @property {Localizations} [description_localizations]
 *
 * @typedef {Localized & { value: string | number }} Choice
 *
 * @typedef {Localized & {
 *   type: import('discord-api-types/v10').ApplicationCommandOptionType,
 *   options?: Option[],
 *   required?: boolean,
 *   choices?: Choice[],
 *   autocomplete?: boolean,
 *   min_value?: number,
 *   max_value?: number,
 * }} Option
 *
 * @typedef {Localized & {
 *   type: import('discord-api-types/v10').ApplicationCommandType,
 *   options?: Option[],
 * }} Command
 *
 * @typedef {{ path: string, label: string, description: string, options: Option[] }} CommandEntry
 *
 * @typedef {object} FormState
 * @property {string} locale
 * @property {{ id: string, name: string }[]} users
 * @property {{ name: string, title: string }[]} samples
 *
 * @typedef {Record<string, string | number | boolean>} OptionValues
 *
 * @typedef {HTMLInputElement | HTMLSelectElement} Field
 *
 * @typedef {(focused: string, values: OptionValues) => Promise<Choice[]>} Autocomplete
 */

/**
 * Slash commands as a flat list, with every subcommand as an entry of its own.
 * @param {readonly Command[]} commands
 * @param {string} locale
 */
export function commandEntries(commands, locale) {
  /**
   * @param {Localized & { options?: Option[] }} command
   * @param {{ path: string[], label: string[] }} parents
   * @returns {CommandEntry[]}
   */
  const flatten = (command, parents) => {
    const path = [...parents.path, command.name];
    const label = [...parents.label, localized(command, 'name', locale)];
    const options = command.options ?? [];
    const subcommands = options.filter(
      ({ type }) => type === OptionType.Subcommand || type === OptionType.SubcommandGroup,
    );
    if (subcommands.length) return subcommands.flatMap((subcommand) => flatten(subcommand, { path, label }));
    const description = localized(command, 'description', locale);
    return [{ path: path.join(' '), label: label.join(' '), description, options }];
  };
  return commands
    .filter(({ type }) => type === ApplicationCommandType.ChatInput)
    .flatMap((command) => flatten(command, { path: [], label: [] }));
}

/**
 * @param {Localized} of
 * @param {'name' | 'description'} property
 * @param {string} locale
 */
export function localized(of, property, locale) {
  return of[`${property}_localizations`]?.[locale] ?? of[property] ?? '';
}

/**
 * Replaces the form's fields by those of a command: required options first, the others in a section that can be opened.
 * @param {HTMLElement} container
 * @param {CommandEntry | undefined} entry
 * @param {FormState} state
 * @param {Autocomplete} autocomplete
 */
export function renderFields(container, entry, state, autocomplete) {
  /** @param {Option} option */
  const render = (option) => {
    const title = localized(option, 'description', state.locale);
    const name = localized(option, 'name', state.locale);
    const field = renderField({ ...option, description: title }, state, (focused) =>
      autocomplete(focused, readValues(container)),
    );
    const label = element(
      'label',
      { title },
      element('span', option.required ? { class: 'required' } : {}, name),
      ...field,
    );
    const [input] = field;
    if (option.type !== OptionType.Attachment || !(input instanceof HTMLInputElement)) return label;
    return element('div', { class: 'picture' }, label, renderSamples(input, state.samples));
  };
  const options = entry?.options ?? [];
  const required = options.filter((option) => option.required);
  const optional = options.filter((option) => !option.required);
  const more = element('details', { class: 'more' });
  more.append(element('summary', {}, 'Options'));
  more.append(element('div', { class: 'fields' }, ...optional.map(render)));
  more.open = required.length === 0 || matchMedia('(min-width: 46rem) and (min-height: 60rem)').matches;
  container.replaceChildren(...required.map(render), ...(optional.length ? [more] : []));
}

/**
 * The field of one option, and the list of its suggestions where it has one.
 * @param {Option} option
 * @param {FormState} state
 * @param {(focused: string) => Promise<Choice[]>} autocomplete
 * @returns {[Field, ...HTMLElement[]]}
 */
function renderField(option, state, autocomplete) {
  const attributes = {
    'data-option': option.name,
    'data-type': option.type,
    ...(option.required ? { required: '' } : {}),
  };
  const placeholder = option.description ?? '';
  if (option.type === OptionType.Attachment)
    return [element('input', { type: 'file', accept: 'image/*', ...attributes })];
  if (option.type === OptionType.Boolean) return [renderSelect(['true', 'false'], attributes)];
  if (option.type === OptionType.User)
    return [
      renderSelect(
        state.users.map(({ id, name }) => [id, name]),
        attributes,
      ),
    ];
  if (option.choices?.length) {
    const choices = option.choices.map((choice) => [
      String(choice.value),
      localized(choice, 'name', state.locale),
    ]);
    return [renderSelect(choices, attributes)];
  }
  if (option.autocomplete)
    return renderAutocomplete(option.name, { ...attributes, placeholder }, autocomplete);
  if (option.type === OptionType.Integer || option.type === OptionType.Number) {
    const limits = {
      ...(option.min_value === undefined ? {} : { min: option.min_value }),
      ...(option.max_value === undefined ? {} : { max: option.max_value }),
    };
    const step = option.type === OptionType.Integer ? '1' : 'any';
    return [element('input', { type: 'number', step, placeholder, ...limits, ...attributes })];
  }
  return [element('input', { type: 'text', placeholder, ...attributes })];
}

/**
 * @param {readonly (string | readonly string[])[]} choices values, or pairs of value and label
 * @param {Readonly<Record<string, string | number>>} attributes
 */
function renderSelect(choices, attributes) {
  const options = choices.map((choice) => {
    const [value = '', label = value] = typeof choice === 'string' ? [choice] : choice;
    return element('option', { value }, label);
  });
  return element('select', attributes, element('option', { value: '' }, '—'), ...options);
}

/**
 * The suggestions that each field has shown so far: their values, by name.
 * @type {WeakMap<Field, Map<string, string | number>>}
 */
const suggestions = new WeakMap();
let lists = 0;

/**
 * A text field with the bot's suggestions. It sends the value behind the name that is shown.
 * @param {string} name
 * @param {Readonly<Record<string, string | number>>} attributes
 * @param {(focused: string) => Promise<Choice[]>} autocomplete
 * @returns {[HTMLInputElement, HTMLDataListElement]}
 */
function renderAutocomplete(name, attributes, autocomplete) {
  const id = `choices-${++lists}`;
  const list = element('datalist', { id });
  const input = element('input', { type: 'text', list: id, autocomplete: 'off', ...attributes });
  /** @type {Map<string, string | number>} */
  const known = new Map();
  suggestions.set(input, known);
  const update = async () => {
    const choices = await autocomplete(name).catch(() => []);
    for (const choice of choices) known.set(choice.name, choice.value);
    list.replaceChildren(...choices.map((choice) => element('option', { value: choice.name })));
  };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  input.onfocus = update;
  input.oninput = () => {
    clearTimeout(timer);
    if (!known.has(input.value)) timer = setTimeout(() => void update(), 200);
  };
  return [input, list];
}

/**
 * Pictures to choose instead of an upload. The chosen one's name is the field's `data-sample`.
 * @param {HTMLInputElement} field
 * @param {FormState['samples']} samples
 */
function renderSamples(field, samples) {
  const wasRequired = field.required;
  const buttons = samples.map(({ name, title }) => {
    const src = `/sandbox/samples/${encodeURIComponent(name)}`;
    const image = element('img', { src, alt: title, loading: 'lazy' });
    const button = element('button', { type: 'button', title, 'aria-pressed': 'false' }, image);
    button.onclick = () => {
      choose(field.dataset.sample === name ? '' : name);
      if (field.dataset.sample) field.value = '';
    };
    return { name, button };
  });
  /** @param {string} chosen */
  const choose = (chosen) => {
    field.dataset.sample = chosen;
    field.required = wasRequired && !chosen;
    for (const { name, button } of buttons) button.setAttribute('aria-pressed', String(name === chosen));
  };
  field.onchange = () => {
    choose('');
  };
  return element('div', { class: 'samples' }, ...buttons.map(({ button }) => button));
}

/**
 * @param {HTMLElement} container
 * @returns {Field[]}
 */
function fieldsIn(container) {
  return [...container.querySelectorAll('[data-option]')].filter(
    (field) => field instanceof HTMLInputElement || field instanceof HTMLSelectElement,
  );
}

/**
 * The values of all fields but files, as their options' types ask for.
 * @param {HTMLElement} container
 */
function readValues(container) {
  /** @type {OptionValues} */
  const values = {};
  /** @type {unknown[]} */
  const numeric = [OptionType.Integer, OptionType.Number].map(String);
  for (const field of fieldsIn(container)) {
    const { option = '', type } = field.dataset;
    if (type === String(OptionType.Attachment) || field.value === '') continue;
    const value = suggestions.get(field)?.get(field.value) ?? field.value;
    if (type === String(OptionType.Boolean)) values[option] = value === 'true';
    else values[option] = numeric.includes(type) ? Number(value) : String(value);
  }
  return values;
}

/**
 * The filled-in form, as `/sandbox/commands` takes it.
 * @param {HTMLElement} container
 */
export function readForm(container) {
  const form = new FormData();
  form.set('options', JSON.stringify(readValues(container)));
  for (const field of fieldsIn(container)) {
    const { option = '', sample } = field.dataset;
    const file = field instanceof HTMLInputElement ? field.files?.[0] : undefined;
    if (file) form.set(`file.${option}`, file);
    else if (sample) form.set(`sample.${option}`, sample);
  }
  return form;
}
