/** Renders one message: its text, embeds, components, files and reactions. */
import { AttachmentFlags, ComponentType, MessageFlags } from './constants.js';
import { element } from './dom.js';
import { markdown } from './markdown.js';

/**
 * @typedef {import('discord-api-types/v10').APIAttachment} Attachment
 * @typedef {import('discord-api-types/v10').APIEmbed} Embed
 * @typedef {import('discord-api-types/v10').APIMessageComponent} Component
 * @typedef {import('discord-api-types/v10').APIButtonComponent} ButtonData
 * @typedef {import('discord-api-types/v10').APIStringSelectComponent} SelectData
 */

/**
 * A message of the API with what the page also needs.
 * @typedef {Omit<import('discord-api-types/v10').APIMessage, 'interaction_metadata'> & {
 *   guild_id: string | null,
 *   deleted: boolean,
 *   interaction_metadata?: { name: string, user: import('discord-api-types/v10').APIUser },
 * }} Message
 */

/**
 * What the user can do with a message.
 * @typedef {import('./markdown.js').MarkdownContext & {
 *   useComponent: (message: string, customId: string, values: readonly string[]) => Promise<unknown>,
 *   react: (message: string, emoji: string) => unknown,
 *   useContextCommand: (message: string, name: string) => unknown,
 *   contextCommands: () => { name: string, label: string }[],
 *   view: (address: string) => void,
 * }} Actions
 */

/** The reactions offered on every message; the bot gives most of them a meaning. */
const QUICK_REACTIONS = ['🎨', '🌀', '🔁', '⭐', '✉️', '🙈', '❌'];

/**
 * @param {Message} message
 * @param {Actions} actions
 */
export function renderMessage(message, actions) {
  const flags = message.flags ?? 0;
  const isEphemeral = Boolean(flags & MessageFlags.Ephemeral);
  const author = message.author.global_name ?? message.author.username;
  const used = message.interaction_metadata;
  const box = element('article', {
    class: isEphemeral ? 'message ephemeral' : 'message',
    id: `m${message.id}`,
  });
  const header = element('div', { class: 'by' }, element('strong', {}, author), ' ');
  header.append(new Date(message.timestamp).toLocaleTimeString());
  if (used && !/^(modal|component) /.test(used.name))
    header.append(` · ${used.user.global_name ?? used.user.username} used ${used.name}`);
  box.append(header);
  if (flags & MessageFlags.Loading)
    box.append(element('p', { class: 'subtext thinking' }, `${author} is thinking`));
  if (message.content) box.append(...markdown(message.content, actions));
  const shown = JSON.stringify([message.embeds, message.components]);
  const others = message.attachments.filter(({ url }) => !shown.includes(url));
  if (others.length) box.append(renderAttachments(others, actions));
  const descriptions = new Map(message.attachments.map(({ url, description }) => [url, description ?? '']));
  box.append(...message.embeds.map((embed) => renderEmbed(embed, actions, descriptions)));
  const components = message.components ?? [];
  box.append(...components.map((component) => renderComponent(component, message, actions)));
  if (isEphemeral)
    box.append(
      element('p', { class: 'subtext' }, `Only ${used?.user.global_name ?? 'you'} can see this message`),
    );
  else box.append(renderReactions(message, actions));
  return box;
}

/**
 * The page may be open under another name of this machine than its files' addresses have, so only their path is used.
 * @param {string} address
 */
function localPath(address) {
  if (!URL.canParse(address)) return address;
  const { pathname, search } = new URL(address);
  return pathname.startsWith('/files/') ? pathname + search : address;
}

/**
 * @param {string} address
 * @param {Actions} actions
 * @param {Readonly<Record<string, string | number>>} [attributes]
 */
function renderPicture(address, actions, attributes = {}) {
  const image = element('img', { src: localPath(address), alt: '', ...attributes });
  image.onclick = () => {
    if (image.classList.contains('hidden-picture')) image.classList.remove('hidden-picture');
    else actions.view(image.src);
  };
  return image;
}

/**
 * @param {readonly Attachment[]} attachments
 * @param {Actions} actions
 */
function renderAttachments(attachments, actions) {
  const files = attachments.map((file) => {
    if (!file.content_type?.startsWith('image/'))
      return element('a', { href: localPath(file.url), download: file.filename }, `📄 ${file.filename}`);
    return renderPicture(file.url, actions, {
      alt: file.description ?? file.filename,
      title: file.description ?? '',
      ...((file.flags ?? 0) & AttachmentFlags.IsSpoiler ? { class: 'hidden-picture' } : {}),
      ...(file.width && file.height ? { width: file.width, height: file.height } : {}),
    });
  });
  return element('div', { class: 'pictures' }, ...files);
}

/**
 * @param {Embed} embed
 * @param {Actions} actions
 * @param {ReadonlyMap<string, string>} descriptions of attachments, by address
 */
function renderEmbed(embed, actions, descriptions) {
  const box = element('div', { class: 'embed' });
  if (embed.color) box.style.borderLeftColor = cssColour(embed.color);
  if (embed.thumbnail) box.append(renderPicture(embed.thumbnail.url, actions, { class: 'thumbnail' }));
  if (embed.author) box.append(element('p', { class: 'subtext' }, embed.author.name));
  if (embed.title) box.append(element('p', {}, element('strong', {}, embed.title)));
  if (embed.description) box.append(...markdown(embed.description, actions));
  if (embed.fields?.length) {
    const fields = embed.fields.map(({ name, value }) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, ...markdown(value, actions))),
    );
    box.append(element('dl', { class: 'names' }, ...fields));
  }
  if (embed.image) {
    /** @type {{ url: string, description?: string }} */
    const { url, description } = embed.image;
    box.append(renderPicture(url, actions, { alt: description ?? descriptions.get(url) ?? '' }));
  }
  if (embed.footer) box.append(element('p', { class: 'subtext' }, embed.footer.text));
  return box;
}

/** @param {number} colour 0xRRGGBB */
const cssColour = (colour) => `#${colour.toString(16).padStart(6, '0')}`;

/**
 * @param {Component} component
 * @param {Message} message
 * @param {Actions} actions
 * @returns {HTMLElement}
 */
function renderComponent(component, message, actions) {
  /** @param {readonly Component[]} components */
  const all = (components) => components.map((child) => renderComponent(child, message, actions));
  switch (component.type) {
    case ComponentType.ActionRow:
      return element('div', { class: 'row' }, ...all(component.components));
    case ComponentType.Button:
      return renderButton(component, message, actions);
    case ComponentType.StringSelect:
      return renderSelect(component, message, actions);
    case ComponentType.Section:
      return element('div', {}, ...all([component.accessory, ...component.components]));
    case ComponentType.TextDisplay:
      return element('div', {}, ...markdown(component.content, actions));
    case ComponentType.Thumbnail:
      return renderPicture(component.media.url, actions, { class: 'thumbnail' });
    case ComponentType.MediaGallery: {
      const pictures = component.items.map(({ media }) => renderPicture(media.url, actions));
      return element('div', { class: 'pictures' }, ...pictures);
    }
    case ComponentType.File:
      return element('a', { href: localPath(component.file.url), download: '' }, '📄 file');
    case ComponentType.Separator:
      return element('hr');
    case ComponentType.Container: {
      const box = element('div', { class: 'container' }, ...all(component.components));
      if (component.accent_color) box.style.borderLeftColor = cssColour(component.accent_color);
      return box;
    }
    default:
      return element('span', { class: 'subtext' }, `Unsupported component (type ${component.type})`);
  }
}

/**
 * @param {ButtonData} data
 * @param {Message} message
 * @param {Actions} actions
 */
function renderButton(data, message, actions) {
  const emoji = 'emoji' in data ? data.emoji.name : undefined;
  const label = 'label' in data ? data.label : undefined;
  const text = [emoji, label].filter(Boolean).join(' ');
  if ('url' in data) return element('a', { href: data.url, target: '_blank', rel: 'noreferrer' }, text);
  const button = element('button', { type: 'button', class: `style-${data.style}` }, text);
  button.disabled = data.disabled ?? false;
  if ('custom_id' in data)
    button.onclick = async () => {
      button.disabled = true;
      await actions.useComponent(message.id, data.custom_id, []);
      button.disabled = data.disabled ?? false;
    };
  return button;
}

/**
 * @param {SelectData} data
 * @param {Message} message
 * @param {Actions} actions
 */
function renderSelect(data, message, actions) {
  const options = data.options.map(({ value, label }) => element('option', { value }, label));
  const prompt = element('option', { value: '' }, data.placeholder ?? 'Choose…');
  const select = element('select', {}, prompt, ...options);
  select.value = data.options.find((option) => option.default)?.value ?? '';
  select.disabled = data.disabled ?? false;
  select.onchange = () => actions.useComponent(message.id, data.custom_id, [select.value]);
  return select;
}

/**
 * The reactions given, those offered, and the commands of the context menu.
 * @param {Message} message
 * @param {Actions} actions
 */
function renderReactions(message, actions) {
  const given = (message.reactions ?? []).map(({ emoji, count }) => ({ name: emoji.name ?? '', count }));
  const offered = QUICK_REACTIONS.filter((name) => !given.some((reaction) => reaction.name === name));
  /**
   * @param {string} label
   * @param {() => unknown} use
   * @param {Readonly<Record<string, string>>} [attributes]
   */
  const button = (label, use, attributes = {}) => {
    const created = element('button', { type: 'button', ...attributes }, label);
    created.onclick = use;
    return created;
  };
  return element(
    'div',
    { class: 'reactions' },
    ...given.map(({ name, count }) => button(`${name} ${count}`, () => actions.react(message.id, name))),
    ...offered.map((name) =>
      button(name, () => actions.react(message.id, name), {
        class: 'offer',
        'aria-label': `React with ${name}`,
      }),
    ),
    ...actions
      .contextCommands()
      .map(({ name, label }) =>
        button(label, () => actions.useContextCommand(message.id, name), { class: 'offer' }),
      ),
  );
}
