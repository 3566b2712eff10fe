// How a message looks. Text only ever enters the page as text nodes.
const OFFERED = ['🎨', '🌀', '🔁', '⭐', '✉️', '🙈', '❌'];

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The page may be open under another name of this machine: keep only the path of our own files. */
function own(address) {
  try {
    const { pathname, search } = new URL(address);
    return pathname.startsWith('/files/') ? pathname + search : address;
  } catch {
    return address ?? '';
  }
}

const PIECES =
  /(\*\*[^*]+\*\*|\*[^*\n]+\*|_[^_\n]+_|~~[^~]+~~|`[^`]+`|<t:\d+(?::\w)?>|<@!?\d+>|\[[^\]]+\]\(https?:[^)\s]+\)|https?:\/\/[^\s<>)]+)/g;

function piece(part, actions) {
  if (part.startsWith('**')) return element('strong', {}, part.slice(2, -2));
  if (part.startsWith('~~')) return element('s', {}, part.slice(2, -2));
  if (part.startsWith('`')) return element('code', {}, part.slice(1, -1));
  if (/^[*_]./.test(part) && part.length > 2) return element('em', {}, part.slice(1, -1));
  if (part.startsWith('<t:')) return element('time', {}, time(part, actions.locale()));
  if (part.startsWith('<@')) return element('strong', {}, `@${actions.userName(part.replace(/\D/g, ''))}`);
  const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
  return element(
    'a',
    { href: link ? link[2] : part, target: '_blank', rel: 'noreferrer' },
    link ? link[1] : part,
  );
}

function time(part, locale) {
  const [, seconds, style] = /<t:(\d+)(?::(\w))?>/.exec(part);
  const date = new Date(Number(seconds) * 1000);
  if (style !== 'R') return date.toLocaleString();
  const away = Math.round((date - Date.now()) / 1000);
  const [amount, unit] = Math.abs(away) < 60 ? [away, 'second'] : [Math.round(away / 60), 'minute'];
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(amount, unit);
}

function prose(content, actions) {
  return content.split('\n').map((line) => {
    const [, mark, rest] = /^(-# |#{1,3} |> )?(.*)$/.exec(line);
    const parts = rest.split(PIECES).map((part, index) => (index % 2 ? piece(part, actions) : part));
    if (mark?.startsWith('#')) return element('p', {}, element('strong', {}, ...parts));
    return element('p', mark === '-# ' ? { class: 'subtext' } : {}, ...parts);
  });
}

function picture(address, actions, attributes = {}) {
  const image = element('img', { src: own(address), alt: '', ...attributes });
  image.onclick = () => {
    if (image.classList.contains('hidden-picture')) image.classList.remove('hidden-picture');
    else actions.view(image.src);
  };
  return image;
}

function attachments(list, actions) {
  return element(
    'div',
    { class: 'pictures' },
    ...list.map((file) =>
      file.content_type?.startsWith('image/')
        ? picture(file.url, actions, {
            alt: file.description ?? file.filename,
            title: file.description ?? '',
            ...(file.flags & 32 ? { class: 'hidden-picture' } : {}),
            ...(file.width ? { width: file.width, height: file.height } : {}),
          })
        : element('a', { href: own(file.url), download: file.filename }, `📄 ${file.filename}`),
    ),
  );
}

function embed(data, actions, told) {
  const box = element('div', { class: 'embed' });
  if (data.color) box.style.borderLeftColor = `#${data.color.toString(16).padStart(6, '0')}`;
  if (data.thumbnail?.url) box.append(picture(data.thumbnail.url, actions, { class: 'thumbnail' }));
  if (data.author?.name) box.append(element('p', { class: 'subtext' }, data.author.name));
  if (data.title) box.append(element('p', {}, element('strong', {}, data.title)));
  if (data.description) box.append(...prose(data.description, actions));
  if (data.fields?.length) {
    const pairs = data.fields.map(({ name, value }) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, ...prose(value, actions))),
    );
    box.append(element('dl', { class: 'names' }, ...pairs));
  }
  if (data.image?.url) {
    const alt = data.image.description ?? told.get(data.image.url) ?? '';
    box.append(picture(data.image.url, actions, { alt }));
  }
  if (data.footer?.text) box.append(element('p', { class: 'subtext' }, data.footer.text));
  return box;
}

function component(data, message, actions) {
  const inner = () => (data.components ?? []).map((one) => component(one, message, actions));
  switch (data.type) {
    case 1:
      return element('div', { class: 'row' }, ...inner());
    case 2: {
      const label = [data.emoji?.name, data.label].filter(Boolean).join(' ');
      if (data.url) return element('a', { href: data.url, target: '_blank', rel: 'noreferrer' }, label);
      const button = element('button', { type: 'button', class: `style-${data.style}` }, label);
      button.disabled = data.disabled ?? false;
      button.onclick = async () => {
        button.disabled = true;
        await actions.press(message.id, data.custom_id, []);
        button.disabled = data.disabled ?? false;
      };
      return button;
    }
    case 3: {
      const offered = data.options.map(({ value, label }) => element('option', { value }, label));
      const prompt = element('option', { value: '' }, data.placeholder ?? 'Choose…');
      const select = element('select', {}, prompt, ...offered);
      select.value = data.options.find((option) => option.default)?.value ?? '';
      select.disabled = data.disabled ?? false;
      select.onchange = () => actions.press(message.id, data.custom_id, [select.value]);
      return select;
    }
    case 9:
      return element('div', {}, component(data.accessory, message, actions), ...inner());
    case 10:
      return element('div', {}, ...prose(data.content, actions));
    case 11:
      return picture(data.media.url, actions, { class: 'thumbnail' });
    case 12:
      return element(
        'div',
        { class: 'pictures' },
        ...data.items.map(({ media }) => picture(media.url, actions)),
      );
    case 13:
      return element('a', { href: own(data.file.url), download: '' }, '📄 file');
    case 14:
      return element('hr');
    case 17: {
      const box = element('div', { class: 'container' }, ...inner());
      if (data.accent_color)
        box.style.borderLeftColor = `#${data.accent_color.toString(16).padStart(6, '0')}`;
      return box;
    }
    default:
      return element('span', { class: 'subtext' }, `(component ${data.type})`);
  }
}

function reactions(message, actions) {
  const given = message.reactions ?? [];
  const button = (emoji, label, attributes) => {
    const made = element('button', { type: 'button', ...attributes }, label);
    made.onclick = () => actions.react(message.id, emoji);
    return made;
  };
  const menu = actions.contextCommands().map(({ name, label }) => {
    const made = element('button', { type: 'button', class: 'offer' }, label);
    made.onclick = () => actions.context(message.id, name);
    return made;
  });
  return element(
    'div',
    { class: 'reactions' },
    ...given.map(({ emoji, count }) => button(emoji.name, `${emoji.name} ${count}`, {})),
    ...OFFERED.filter((emoji) => !given.some((one) => one.emoji.name === emoji)).map((emoji) =>
      button(emoji, emoji, { class: 'offer', 'aria-label': `React with ${emoji}` }),
    ),
    ...menu,
  );
}

export function drawMessage(message, actions) {
  const ephemeral = Boolean(message.flags & 64);
  const box = element('article', {
    class: ephemeral ? 'message ephemeral' : 'message',
    id: `m${message.id}`,
  });
  const used = message.interaction_metadata;
  const by = element('div', { class: 'by' }, element('strong', {}, message.author.global_name), ' ');
  by.append(new Date(message.timestamp).toLocaleTimeString());
  if (used && !/^(modal|component) /.test(used.name))
    by.append(` · ${used.user.global_name} used ${used.name}`);
  box.append(by);
  if (message.flags & 128)
    box.append(element('p', { class: 'subtext thinking' }, `${message.author.global_name} is thinking`));
  if (message.content) box.append(...prose(message.content, actions));
  const shown = JSON.stringify([message.embeds, message.components]);
  const loose = message.attachments.filter(({ url }) => !shown.includes(url));
  if (loose.length) box.append(attachments(loose, actions));
  const told = new Map(message.attachments.map(({ url, description }) => [url, description]));
  box.append(...message.embeds.map((one) => embed(one, actions, told)));
  box.append(...message.components.map((one) => component(one, message, actions)));
  if (ephemeral)
    box.append(element('p', { class: 'subtext' }, `Only ${used?.user.global_name ?? 'you'} can see this`));
  else box.append(reactions(message, actions));
  return box;
}
