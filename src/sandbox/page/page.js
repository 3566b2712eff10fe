/** The page: its state, its connection to the sandbox, and the lists and messages that it shows. */
import { commandEntries, localized, readForm, renderFields } from './composer.js';
import { ApplicationCommandType } from './constants.js';
import { element, find } from './dom.js';
import { renderMessage } from './message.js';
import { showModal } from './modal.js';

/**
 * @typedef {import('./composer.js').Command} Command
 * @typedef {import('./composer.js').Choice} Choice
 * @typedef {import('./message.js').Message} Message
 * @typedef {{ id: string, name: string }} Named
 *
 * What `/sandbox/state` returns.
 * @typedef {object} SandboxState
 * @property {boolean} connected
 * @property {(Named & { channels: Named[] })[]} guilds
 * @property {(Named & { moderator: boolean })[]} users
 * @property {Command[]} commands
 * @property {{ name: string, title: string }[]} samples
 * @property {Message[]} messages
 *
 * How the sandbox answers an action: with the type of the bot's answer, or an error's message.
 * @typedef {object} Answer
 * @property {number} [type]
 * @property {import('./modal.js').Modal | null} [modal]
 * @property {string} [error]
 * @property {string} [message]
 * @property {number} [code]
 */

const DIRECT_MESSAGES = { id: '@me', name: 'Direct messages' };
/** Pictures that take longer than this appear after their message. */
const PICTURE_TIMEOUT_MS = 1500;

const view = {
  guilds: find('#guilds', HTMLUListElement),
  users: find('#users', HTMLUListElement),
  locale: find('#locale', HTMLSelectElement),
  connection: find('#connection', HTMLElement),
  channel: find('#channel', HTMLElement),
  messages: find('#messages', HTMLElement),
  composer: find('#composer', HTMLFormElement),
  command: find('#command', HTMLSelectElement),
  description: find('#description', HTMLElement),
  fields: find('#fields', HTMLElement),
  send: find('#send', HTMLButtonElement),
  notice: find('#notice', HTMLElement),
  viewer: find('#viewer', HTMLDialogElement),
  viewedPicture: find('#viewer img', HTMLImageElement),
};

const state = {
  /** @type {SandboxState['guilds']} */
  guilds: [],
  /** @type {SandboxState['users']} */
  users: [],
  /** @type {Command[]} */
  commands: [],
  /** @type {SandboxState['samples']} */
  samples: [],
  /** @type {Map<string, Message>} */
  messages: new Map(),
  guild: '',
  user: '',
  locale: 'en-US',
};

/** How often each message was rendered, so that an older state never replaces a newer one. */
const renderings = new Map();

/** @type {import('./composer.js').CommandEntry[]} */
let entries = [];

/**
 * @param {string} json
 * @returns {unknown}
 */
const parseJson = (json) => JSON.parse(json);

const caller = () => ({ user: state.user, guild: state.guild, locale: state.locale });

/**
 * Sends what the user does. Shows an error, or the modal that the bot answers with.
 * @param {string} path below /sandbox
 * @param {FormData | Readonly<Record<string, unknown>>} body
 * @param {string} [message] the message whose button was pressed
 */
async function send(path, body, message = '') {
  const isForm = body instanceof FormData;
  const request = {
    method: 'POST',
    body: isForm ? body : JSON.stringify(body),
    headers: isForm ? {} : { 'content-type': 'application/json' },
  };
  const answer = await fetch(`/sandbox/${path}`, request)
    .then(async (response) => /** @type {Answer} */ (parseJson(await response.text())))
    .catch(() => /** @type {Answer} */ ({ error: 'The sandbox cannot be reached.' }));
  const failure = answer.type === undefined || answer.code ? answer.message : undefined;
  view.notice.textContent = answer.error ?? failure ?? '';
  const { modal } = answer;
  if (modal)
    showModal(modal, (values) => {
      for (const [name, value] of Object.entries({ customId: modal.custom_id, message, ...caller() }))
        if (value) values.set(name, value);
      return send('modals', values);
    });
}

/** @type {import('./message.js').Actions} */
const actions = {
  useComponent: (message, customId, values) =>
    send('components', { message, customId, values, ...caller() }, message),
  react: (message, emoji) => send('reactions', { message, emoji, ...caller() }),
  useContextCommand: (message, name) => send('context', { target: message, name, ...caller() }),
  contextCommands: () =>
    state.commands
      .filter(({ type }) => type === ApplicationCommandType.Message)
      .map((command) => ({ name: command.name, label: localized(command, 'name', state.locale) })),
  locale: () => state.locale,
  view(address) {
    view.viewedPicture.src = address;
    view.viewer.showModal();
  },
  userName: (id) => state.users.find((user) => user.id === id)?.name ?? 'someone',
};

/** @param {Message} message */
const isVisible = (message) => (message.guild_id ?? DIRECT_MESSAGES.id) === state.guild;

/**
 * Shows the newest state of a message. It replaces the old one as soon as its pictures are loaded, so nothing flickers.
 * @param {Message} message
 */
async function showMessage(message) {
  const rendering = Number(renderings.get(message.id) ?? 0) + 1;
  renderings.set(message.id, rendering);
  const id = `m${message.id}`;
  if (message.deleted) {
    document.getElementById(id)?.remove();
    return;
  }
  const fresh = renderMessage(message, actions);
  const pictures = [...fresh.querySelectorAll('img')].map((image) => image.decode().catch(() => undefined));
  await Promise.race([
    Promise.all(pictures),
    new Promise((resolve) => setTimeout(resolve, PICTURE_TIMEOUT_MS)),
  ]);
  if (renderings.get(message.id) !== rendering || !isVisible(message)) return;
  const list = view.messages;
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 160;
  const current = document.getElementById(id);
  if (current) current.replaceWith(fresh);
  else {
    list.querySelector('.empty')?.remove();
    const next = [...list.children].find((other) => BigInt(other.id.slice(1)) > BigInt(message.id));
    list.insertBefore(fresh, next ?? null);
  }
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

/**
 * @param {HTMLElement} list
 * @param {readonly Named[]} items
 * @param {string} chosen
 * @param {(id: string) => void} choose
 */
function renderChoices(list, items, chosen, choose) {
  const rows = items.map(({ id, name }) => {
    const button = element('button', { type: 'button', 'aria-pressed': String(id === chosen) }, name);
    button.onclick = () => {
      choose(id);
    };
    return element('li', {}, button);
  });
  list.replaceChildren(...rows);
}

function renderSide() {
  renderChoices(view.guilds, [...state.guilds, DIRECT_MESSAGES], state.guild, (id) => {
    state.guild = id;
    render();
  });
  const users = state.users.map(({ id, name, moderator }) => ({
    id,
    name: moderator ? `${name} · moderator` : name,
  }));
  renderChoices(view.users, users, state.user, (id) => {
    state.user = id;
    renderSide();
  });
  const guild = state.guilds.find(({ id }) => id === state.guild);
  view.channel.textContent = guild ? `# ${guild.channels[0]?.name ?? ''}` : DIRECT_MESSAGES.name;
}

function render() {
  renderSide();
  renderings.clear();
  const hint = 'No messages yet. Choose a command below, attach a picture, and send it.';
  view.messages.replaceChildren(element('p', { class: 'empty', id: 'm0' }, hint));
  for (const message of state.messages.values()) if (isVisible(message)) void showMessage(message);
}

/** Offers the languages that the commands are translated into. */
function renderLanguages() {
  const locales = ['en-US', ...Object.keys(state.commands[0]?.name_localizations ?? {})];
  const options = locales.map((locale) => {
    const name = new Intl.DisplayNames([locale], { type: 'language' }).of(locale);
    return element('option', { value: locale }, name ?? locale);
  });
  view.locale.replaceChildren(...options);
  view.locale.value = state.locale;
}

function renderCommands() {
  const chosen = view.command.value;
  entries = commandEntries(state.commands, state.locale);
  const options = entries.map(({ path, label }) => element('option', { value: path }, `/${label}`));
  view.command.replaceChildren(...options);
  if (entries.some(({ path }) => path === chosen)) view.command.value = chosen;
  renderForm();
}

function renderForm() {
  const entry = entries.find(({ path }) => path === view.command.value);
  view.description.textContent = entry?.description ?? 'Waiting for the bot to register its commands.';
  view.send.disabled = !entry;
  renderFields(view.fields, entry, state, async (focused, values) => {
    const options = JSON.stringify(values);
    const query = new URLSearchParams({ ...caller(), name: entry?.path ?? '', focused, options });
    const response = await fetch(`/sandbox/autocomplete?${query.toString()}`);
    if (!response.ok) return [];
    return /** @type {{ choices: Choice[] }} */ (parseJson(await response.text())).choices;
  });
}

async function load() {
  const response = await fetch('/sandbox/state');
  const { connected, messages, ...fresh } = /** @type {SandboxState} */ (parseJson(await response.text()));
  const commandsChanged = JSON.stringify(fresh.commands) !== JSON.stringify(state.commands);
  Object.assign(state, fresh);
  state.messages = new Map(messages.map((message) => [message.id, message]));
  if (!state.guild) state.guild = state.guilds[0]?.id ?? DIRECT_MESSAGES.id;
  if (!state.user) state.user = state.users[0]?.id ?? '';
  view.connection.textContent = connected ? 'bot connected' : 'waiting for the bot…';
  view.connection.classList.toggle('on', connected);
  if (commandsChanged || entries.length === 0) {
    renderLanguages();
    renderCommands();
  }
  render();
}

view.command.onchange = renderForm;
view.locale.onchange = () => {
  state.locale = view.locale.value;
  renderCommands();
  render();
};
view.viewer.onclick = () => {
  view.viewer.close();
};
view.composer.onsubmit = async (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  view.send.disabled = true;
  const form = readForm(view.fields);
  form.set('name', view.command.value);
  for (const [name, value] of Object.entries(caller())) form.set(name, value);
  await send('commands', form);
  view.send.disabled = false;
};

const events = new EventSource('/sandbox/events');
events.addEventListener('reload', () => void load());
events.addEventListener('message', (/** @type {MessageEvent<string>} */ event) => {
  const message = /** @type {Message} */ (parseJson(event.data));
  if (message.deleted) state.messages.delete(message.id);
  else state.messages.set(message.id, message);
  if (isVisible(message) || message.deleted) void showMessage(message);
});
events.onerror = () => {
  view.connection.textContent = 'sandbox stopped; reconnecting…';
  view.connection.classList.remove('on');
};
