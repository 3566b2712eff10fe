// The state of the page and what connects it: rendering is in message.js, the form in composer.js.
import { buildCommands, drawFields, inLanguage, readFields } from './composer.js';
import { drawMessage, element } from './message.js';

const $ = (id) => document.getElementById(id);
const state = {
  ...{ guilds: [], users: [], commands: [], samples: [], messages: new Map() },
  ...{ guild: '', user: '', locale: 'en-US' },
};
const versions = new Map();

async function post(path, body) {
  const json = !(body instanceof FormData);
  const response = await fetch(`/sandbox/${path}`, {
    method: 'POST',
    body: json ? JSON.stringify(body) : body,
    headers: json ? { 'content-type': 'application/json' } : {},
  });
  return response.json();
}

async function act(path, body) {
  const answer = await post(path, body).catch(() => ({ error: 'The sandbox cannot be reached.' }));
  $('notice').textContent = answer.error ?? (answer.code || !answer.type ? (answer.message ?? '') : '');
  if (answer.modal) askModal(answer.modal, body.message);
  return answer;
}

const me = () => ({ user: state.user, guild: state.guild, locale: state.locale });

const actions = {
  press: (message, customId, values) => act('components', { message, customId, values, ...me() }),
  react: (message, emoji) => act('reactions', { message, emoji, ...me() }),
  context: (message, name) => act('context', { target: message, name, ...me() }),
  contextCommands: () =>
    state.commands
      .filter(({ type }) => type === 3)
      .map((command) => ({ name: command.name, label: inLanguage(command, 'name', state.locale) })),
  locale: () => state.locale,
  view(address) {
    $('viewer').querySelector('img').src = address;
    $('viewer').showModal();
  },
  userName: (id) => state.users.find((user) => user.id === id)?.name ?? 'someone',
};

function modalField(input) {
  if (input.type === 19) return element('input', { type: 'file', accept: 'image/*', name: input.custom_id });
  if (input.type === 3) {
    const options = input.options.map(({ value, label }) => element('option', { value }, label));
    const select = element('select', { name: input.custom_id, 'data-select': '' }, ...options);
    select.value = input.options.find((option) => option.default)?.value ?? input.options[0]?.value ?? '';
    return select;
  }
  const field = element(input.style === 2 ? 'textarea' : 'input', { name: input.custom_id });
  field.value = input.value ?? '';
  field.placeholder = input.placeholder ?? '';
  return field;
}

function askModal(modal, message) {
  const inputs = (modal.components ?? []).flatMap((row) =>
    row.component ? [{ label: row.label, ...row.component }] : (row.components ?? []),
  );
  const form = $('modal').querySelector('form');
  const fields = inputs.map((input) => {
    const field = modalField(input);
    field.required = input.required ?? true;
    return element('label', {}, element('span', {}, input.label ?? ''), field);
  });
  form.replaceChildren(
    element('strong', {}, modal.title ?? ''),
    ...fields,
    element('button', { class: 'style-1' }, 'Submit'),
  );
  form.onsubmit = () => {
    const filled = new FormData();
    for (const [name, value] of new FormData(form)) filled.append(`field.${name}`, value);
    for (const [name, value] of Object.entries({ customId: modal.custom_id, message, ...me() }))
      if (value) filled.set(name, value);
    void act('modals', filled);
  };
  $('modal').showModal();
}

function place(message) {
  return message.guild_id ?? '@me';
}

/** Swaps a message only when its pictures are there, so that a preview never flickers. */
async function show(message) {
  const version = (versions.get(message.id) ?? 0) + 1;
  versions.set(message.id, version);
  const list = $('messages');
  const old = document.getElementById(`m${message.id}`);
  if (message.deleted) return old?.remove();
  const fresh = drawMessage(message, actions);
  const pictures = [...fresh.querySelectorAll('img')].map((image) => image.decode().catch(() => undefined));
  await Promise.race([Promise.all(pictures), new Promise((done) => setTimeout(done, 1500))]);
  if (versions.get(message.id) !== version || place(message) !== state.guild) return;
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 160;
  const current = document.getElementById(`m${message.id}`);
  if (current) current.replaceWith(fresh);
  else {
    list.querySelector('.empty')?.remove();
    const later = [...list.children].find((one) => BigInt(one.id.slice(1)) > BigInt(message.id));
    list.insertBefore(fresh, later ?? null);
  }
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function pickers(id, entries, chosen, choose) {
  $(id).replaceChildren(
    ...entries.map((entry) => {
      const button = element(
        'button',
        { type: 'button', 'aria-pressed': String(entry.id === chosen) },
        entry.name,
      );
      button.onclick = () => choose(entry.id);
      return element('li', {}, button);
    }),
  );
}

function drawSide() {
  pickers('guilds', [...state.guilds, { id: '@me', name: 'Direct message' }], state.guild, (id) => {
    state.guild = id;
    drawAll();
  });
  pickers(
    'users',
    state.users.map(({ id, name, moderator }) => ({ id, name: moderator ? `${name} · moderator` : name })),
    state.user,
    (id) => {
      state.user = id;
      drawSide();
    },
  );
  const guild = state.guilds.find(({ id }) => id === state.guild);
  $('channel').textContent = guild ? `# ${guild.channels[0]?.name ?? ''}` : 'Direct message';
}

function drawAll() {
  drawSide();
  versions.clear();
  const empty = 'Nothing here yet. Pick a command below, give it a picture, and watch.';
  $('messages').replaceChildren(element('p', { class: 'empty', id: 'm0' }, empty));
  for (const message of state.messages.values()) if (place(message) === state.guild) void show(message);
}

/** The languages that the commands have words in. */
function drawLanguages() {
  const spoken = ['en-US', ...Object.keys(state.commands[0]?.name_localizations ?? {})];
  const name = (locale) => new Intl.DisplayNames([locale], { type: 'language' }).of(locale);
  $('locale').replaceChildren(...spoken.map((locale) => element('option', { value: locale }, name(locale))));
  $('locale').value = state.locale;
}

let entries = [];
function drawCommands() {
  const chosen = $('command').value;
  entries = buildCommands(state.commands, state.locale);
  $('command').replaceChildren(
    ...entries.map(({ path, label }) => element('option', { value: path }, `/${label}`)),
  );
  if (entries.some(({ path }) => path === chosen)) $('command').value = chosen;
  drawForm();
}

function drawForm() {
  const entry = entries.find(({ path }) => path === $('command').value);
  $('description').textContent = entry?.description ?? 'Waiting for the bot to register its commands.';
  $('send').disabled = !entry;
  drawFields($('fields'), entry, state, async (focused, options) => {
    const query = new URLSearchParams({
      ...me(),
      name: entry.path,
      focused,
      options: JSON.stringify(options),
    });
    const response = await fetch(`/sandbox/autocomplete?${query}`);
    return response.ok ? (await response.json()).choices : [];
  });
}

async function load() {
  const fresh = await (await fetch('/sandbox/state')).json();
  const commandsChanged = JSON.stringify(fresh.commands) !== JSON.stringify(state.commands);
  Object.assign(state, fresh, { messages: new Map(fresh.messages.map((message) => [message.id, message])) });
  if (!state.guild) state.guild = state.guilds[0]?.id ?? '@me';
  if (!state.user) state.user = state.users[0]?.id ?? '';
  $('connection').textContent = fresh.connected ? 'bot connected' : 'no bot connected yet';
  $('connection').classList.toggle('on', fresh.connected);
  if (commandsChanged || entries.length === 0) {
    drawLanguages();
    drawCommands();
  }
  drawAll();
}

$('command').onchange = drawForm;
$('locale').onchange = () => {
  state.locale = $('locale').value;
  drawCommands();
  drawAll();
};
$('viewer').onclick = () => $('viewer').close();
$('composer').onsubmit = async (event) => {
  event.preventDefault();
  $('send').disabled = true;
  const form = readFields($('fields'));
  form.set('name', $('command').value);
  for (const [key, value] of Object.entries(me())) form.set(key, value);
  await act('commands', form);
  $('send').disabled = false;
};

const events = new EventSource('/sandbox/events');
events.addEventListener('reload', () => void load());
events.addEventListener('message', (event) => {
  if (!event.data) return;
  const message = JSON.parse(event.data);
  if (message.deleted) state.messages.delete(message.id);
  else state.messages.set(message.id, message);
  if (place(message) === state.guild || message.deleted) void show(message);
});
events.onerror = () => {
  $('connection').textContent = 'the sandbox is gone; trying again…';
  $('connection').classList.remove('on');
};
