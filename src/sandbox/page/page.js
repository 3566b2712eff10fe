const composer = document.querySelector('#composer');
const optionRow = document.querySelector('#options');
const notice = document.querySelector('#notice');
const messages = document.querySelector('#messages');
const state = await (await fetch('/sandbox/state')).json();
const ATTACHMENT = 11;

const make = (tag, properties = {}, children = []) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const fill = (select, entries) =>
  select.replaceChildren(
    ...entries.map(({ id, name }) => make('option', { value: id ?? name, textContent: name })),
  );

async function post(path, form) {
  const answer = await fetch(path, { method: 'POST', body: form });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

function field(option) {
  const name = `option:${option.name}`;
  if (option.type === ATTACHMENT) {
    const input = make('input', { type: 'file', name, accept: 'image/*' });
    const samples = make('select', {}, [
      make('option', { value: '', textContent: 'or a sample…' }),
      ...state.samples.map((s) => make('option', { value: s.name, textContent: s.title })),
    ]);
    samples.addEventListener('change', async () => {
      if (!samples.value) return;
      const blob = await (await fetch(`/sandbox/samples/${samples.value}`)).blob();
      const transfer = new DataTransfer();
      transfer.items.add(new File([blob], samples.value, { type: blob.type }));
      input.files = transfer.files;
    });
    return make('label', { textContent: option.name }, [input, samples]);
  }
  const numeric = option.type === 4 || option.type === 10;
  const input = make('input', {
    name,
    type: numeric ? 'number' : 'text',
    step: 'any',
    placeholder: option.description,
  });
  const label = make('label', { textContent: option.name }, [input]);
  if (option.autocomplete) {
    const list = make('datalist', { id: `list-${option.name}` });
    input.setAttribute('list', list.id);
    label.append(list);
    input.addEventListener('focus', async () => {
      const form = new FormData(composer);
      form.set('focused', option.name);
      const choices = await post('/sandbox/autocomplete', form);
      list.replaceChildren(...choices.map((c) => make('option', { value: c.value, textContent: c.name })));
    });
  }
  return label;
}

const showOptions = () => {
  const command = state.commands.find((c) => c.name === composer.command.value);
  optionRow.replaceChildren(...(command?.options ?? []).map(field));
};

fill(composer.guild, state.guilds);
fill(composer.user, state.users);
fill(
  composer.command,
  state.commands.map((c) => ({ name: c.name })),
);
composer.command.addEventListener('change', showOptions);
showOptions();
composer.addEventListener('submit', async (event) => {
  event.preventDefault();
  notice.textContent = 'Sent.';
  await post('/sandbox/commands', new FormData(composer)).catch(
    (error) => (notice.textContent = error.message),
  );
});

function button(message, { custom_id: customId, label }) {
  const element = make('button', { type: 'button', textContent: label });
  element.addEventListener('click', () => {
    const form = new FormData(composer);
    form.set('message', message.id);
    form.set('customId', customId);
    void post('/sandbox/components', form);
  });
  return element;
}

function show(message) {
  const guild = state.guilds.find((g) => g.id === message.guildId)?.name ?? 'direct message';
  const children = [
    make('h2', { textContent: 'Reverie ' }, [
      make('small', { textContent: `for ${message.asker ?? 'someone'} in ${guild}` }),
    ]),
    make('p', { textContent: message.content }),
    ...message.embeds.flatMap((e) => [
      make('p', { textContent: [e.title, e.description].filter(Boolean).join('\n') }),
      make(
        'dl',
        {},
        (e.fields ?? []).map((f) =>
          make('div', {}, [make('dt', { textContent: f.name }), make('dd', { textContent: f.value })]),
        ),
      ),
    ]),
    ...message.attachments.map((a) => make('img', { src: a.url, alt: a.description ?? a.filename })),
    ...message.components.flatMap((r) => (r.components ?? []).map((c) => button(message, c))),
  ];
  const known = document.getElementById(message.id);
  const article = make('article', { id: message.id }, children);
  if (message.deleted) known?.remove();
  else if (known) known.replaceWith(article);
  else {
    messages.append(article);
    article.scrollIntoView({ block: 'end' });
  }
}

new EventSource('/sandbox/events').addEventListener('message', ({ data }) => show(JSON.parse(data)));
