// The form of a command, built from what the bot registered.
import { element } from './message.js';

const SUBCOMMAND = 1;
const GROUP = 2;
const [INTEGER, BOOLEAN, USER, NUMBER, ATTACHMENT] = [4, 5, 6, 10, 11];

/** Slash commands as one flat list; a subcommand's path has its parents in front. */
export function buildCommands(commands, locale) {
  const flat = (of, above) => {
    const path = [...above.path, of.name];
    const label = [...above.label, inLanguage(of, 'name', locale)];
    const options = of.options ?? [];
    const subs = options.filter(({ type }) => type === SUBCOMMAND || type === GROUP);
    if (subs.length) return subs.flatMap((sub) => flat(sub, { path, label }));
    const description = inLanguage(of, 'description', locale);
    return [{ path: path.join(' '), label: label.join(' '), description, options }];
  };
  return commands
    .filter(({ type }) => (type ?? 1) === 1)
    .flatMap((command) => flat(command, { path: [], label: [] }));
}

/** What a command, an option or a choice is called, or says of itself, in a language. */
export function inLanguage(of, part, locale) {
  return of[`${part}_localizations`]?.[locale] ?? of[part] ?? '';
}

let counter = 0;

export function drawFields(container, entry, state, complete) {
  const { locale } = state;
  const draw = (option) => {
    const words = inLanguage(option, 'name', locale);
    const description = inLanguage(option, 'description', locale);
    const name = element('span', option.required ? { class: 'required' } : {}, words);
    const field = control({ ...option, description }, state, (focused) =>
      complete(focused, plain(container)),
    );
    const label = element('label', { title: description }, name, field);
    if (option.type !== ATTACHMENT) return label;
    return element('div', { class: 'picture' }, label, samples(field, state.samples));
  };
  const options = entry?.options ?? [];
  const needed = options.filter(({ required }) => required);
  const others = options.filter(({ required }) => !required);
  const more = element('details', { class: 'more' });
  more.append(element('summary', {}, 'Options'), element('div', { class: 'fields' }, ...others.map(draw)));
  more.open = needed.length === 0 || matchMedia('(min-width: 46rem) and (min-height: 60rem)').matches;
  container.replaceChildren(...needed.map(draw), ...(others.length ? [more] : []));
}

function control(option, state, complete) {
  const marks = { 'data-option': option.name, 'data-type': String(option.type) };
  const required = option.required ? { required: '' } : {};
  if (option.type === ATTACHMENT)
    return element('input', { type: 'file', accept: 'image/*', ...marks, ...required });
  if (option.type === BOOLEAN) {
    const choices = ['', 'true', 'false'].map((value) => element('option', { value }, value || '—'));
    return element('select', { ...marks, ...required }, ...choices);
  }
  if (option.type === USER || option.choices?.length) {
    const choices = option.choices ?? state.users.map(({ id, name }) => ({ value: id, name }));
    const offered = choices.map((choice) =>
      element('option', { value: String(choice.value) }, inLanguage(choice, 'name', state.locale)),
    );
    return element('select', { ...marks, ...required }, element('option', { value: '' }, '—'), ...offered);
  }
  if (option.autocomplete) return completed(option, { ...marks, ...required }, complete);
  if (option.type === INTEGER || option.type === NUMBER) {
    const limits = {
      ...(option.min_value === undefined ? {} : { min: option.min_value }),
      ...(option.max_value === undefined ? {} : { max: option.max_value }),
    };
    const step = option.type === INTEGER ? '1' : 'any';
    return element('input', {
      type: 'number',
      step,
      placeholder: option.description,
      ...limits,
      ...marks,
      ...required,
    });
  }
  return element('input', { type: 'text', placeholder: option.description ?? '', ...marks, ...required });
}

/** A text with suggestions; what is sent is the value behind the chosen name. */
function completed(option, attributes, complete) {
  const id = `choices-${++counter}`;
  const list = element('datalist', { id });
  const input = element('input', {
    type: 'text',
    list: id,
    autocomplete: 'off',
    placeholder: option.description ?? '',
    ...attributes,
  });
  let timer;
  const ask = async () => {
    const choices = await complete(option.name).catch(() => []);
    input.choices = {
      ...input.choices,
      ...Object.fromEntries(choices.map(({ name, value }) => [name, value])),
    };
    list.replaceChildren(...choices.map(({ name }) => element('option', { value: name })));
  };
  input.onfocus = ask;
  input.oninput = () => {
    clearTimeout(timer);
    if (!(input.value in (input.choices ?? {}))) timer = setTimeout(ask, 200);
  };
  const box = element('div', {}, input, list);
  return box;
}

function samples(field, offered) {
  const box = element('div', { class: 'samples' });
  const buttons = offered.map(({ name, title }) => {
    const image = element('img', {
      src: `/sandbox/samples/${encodeURIComponent(name)}`,
      alt: title,
      loading: 'lazy',
    });
    const button = element('button', { type: 'button', title, 'aria-pressed': 'false' }, image);
    button.onclick = () => {
      const chosen = field.dataset.sample === name ? '' : name;
      field.dataset.sample = chosen;
      if (chosen) field.value = '';
      mark();
    };
    return button;
  });
  const needed = field.required;
  const mark = () => {
    field.required = needed && !field.dataset.sample;
    buttons.forEach((button, index) =>
      button.setAttribute('aria-pressed', String(offered[index].name === field.dataset.sample)),
    );
  };
  field.onchange = () => {
    field.dataset.sample = '';
    mark();
  };
  box.append(...buttons);
  return box;
}

function plain(container) {
  const options = {};
  for (const field of container.querySelectorAll('[data-option]')) {
    const { option, type } = field.dataset;
    if (Number(type) === ATTACHMENT || field.value === '') continue;
    const value = field.choices?.[field.value] ?? field.value;
    if (Number(type) === BOOLEAN) options[option] = value === 'true';
    else options[option] = [INTEGER, NUMBER].includes(Number(type)) ? Number(value) : String(value);
  }
  return options;
}

export function readFields(container) {
  const form = new FormData();
  form.set('options', JSON.stringify(plain(container)));
  for (const field of container.querySelectorAll(`[data-type="${ATTACHMENT}"]`)) {
    if (field.files[0]) form.set(`file.${field.dataset.option}`, field.files[0]);
    else if (field.dataset.sample) form.set(`sample.${field.dataset.option}`, field.dataset.sample);
  }
  return form;
}
