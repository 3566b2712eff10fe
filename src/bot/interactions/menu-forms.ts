/** The modals of a message's context menu, and what is made of them. */
import { randomUUID } from 'node:crypto';
import {
  FileUploadBuilder,
  LabelBuilder,
  ModalBuilder,
  type ModalSubmitFields,
  type ModalSubmitInteraction,
} from 'discord.js';
import { buildRequest } from '../../commands/shared/build-request.js';
import type { Answer, CallerContext } from '../../commands/shared/command.js';
import { newSeed } from '../../commands/shared/options.js';
import type { ReadPicture } from '../../commands/shared/pictures.js';
import { presetChoices, presetSource } from '../../commands/shared/style-source.js';
import { betaOf, STYLE_STRENGTH_RANGE } from '../../commands/style.js';
import { refusal } from '../../errors.js';
import { oneLine } from '../../i18n/plain-text.js';
import type { Translate } from '../../i18n/translate.js';
import type { FormRepository, PictureFile, StyleRepository } from '../../jobs/member-repositories.js';
import type { RenderCommand } from '../../jobs/render-command.js';
import { SIZE_RANGE } from '../../pipeline/requests.js';
import type { BotContext } from '../context.js';
import { FIELDS, menuFormId, type MenuName } from './custom-ids.js';
import type { MessagePicture } from './message-pictures.js';
import { list } from './modal-fields.js';
import { NUMBERS, numberLine, readNumber } from './numbers.js';

type Renderer = BotContext['renderer'];
type Presets = BotContext['presets'];

/** Discord's limit for the label of an option, in characters. */
const LABEL_MAX = 100;
/** Characters of a style's title that are kept. */
const TITLE_MAX = 60;

/** The modal of a menu entry. The pictures that it is about are stored until it is sent. */
export async function menuModal(
  menu: MenuName,
  pictures: readonly MessagePicture[],
  { caller, t }: CallerContext,
  presets: Presets,
  repository: FormRepository,
): Promise<ModalBuilder> {
  const formId = randomUUID();
  const modal = new ModalBuilder().setCustomId(menuFormId({ menu, formId })).setTitle(t(`modal.${menu}`));
  if (pictures.length > 1) modal.addLabelComponents(pictureList(pictures, t));
  if (menu === 'paint') modal.addLabelComponents(await presetList(presets, t));
  if (menu === 'use') modal.addLabelComponents(pictureUpload(t));
  if (menu !== 'dream')
    modal.addLabelComponents(numberLine(NUMBERS.styleStrength, t, STYLE_STRENGTH_RANGE.default));
  if (menu === 'paint') modal.addLabelComponents(numberLine(NUMBERS.size, t, SIZE_RANGE.default));
  await repository.saveForm({ id: formId, userId: caller.userId, pictures });
  return modal;
}

function pictureList(pictures: readonly MessagePicture[], t: Translate): LabelBuilder {
  const options = pictures.map(({ name, width, height }, index) => ({
    value: String(index),
    label: oneLine(`${index + 1}. ${name}`, LABEL_MAX),
    ...(width && height ? { description: `${width} × ${height}` } : {}),
  }));
  return list(FIELDS.picture, t('modal.picture'), options, options[0]?.value);
}

async function presetList(presets: Presets, t: Translate): Promise<LabelBuilder> {
  const choices = await presetChoices(presets, '', t);
  const options = choices.map(({ name, value }) => ({ value: String(value), label: name }));
  return list(FIELDS.preset, t('modal.preset'), options, options[0]?.value);
}

const pictureUpload = (t: Translate): LabelBuilder =>
  new LabelBuilder()
    .setLabel(t('modal.mine'))
    .setDescription(t('modal.mine-hint'))
    .setFileUploadComponent(
      new FileUploadBuilder().setCustomId(FIELDS.image).setRequired(false).setMaxValues(1),
    );

/** The picture that a modal is about. Throws `nothing-to-show` if the modal is too old, or somebody else's. */
export async function pictureOfForm(
  formId: string,
  { fields, user }: ModalSubmitInteraction,
  repository: FormRepository,
): Promise<PictureFile> {
  const form = await repository.form(formId, user.id);
  const chosen = fields.fields.has(FIELDS.picture)
    ? Number(fields.getStringSelectValues(FIELDS.picture)[0])
    : 0;
  const picture = form?.pictures[chosen];
  if (!picture) throw refusal('nothing-to-show', 'form');
  return picture;
}

/** What was filled in, apart from the picture that the modal is about. */
type MenuFormValues =
  | { readonly menu: 'dream' }
  | { readonly menu: 'paint'; readonly preset: string; readonly beta: number; readonly size: number }
  | { readonly menu: 'use'; readonly content: PictureFile; readonly beta: number };

/** Throws `invalid-parameter` for a number that cannot be used. */
export function readMenuForm(menu: MenuName, fields: ModalSubmitFields, t: Translate): MenuFormValues {
  if (menu === 'dream') return { menu };
  const beta = betaOf(readNumber(fields, NUMBERS.styleStrength, t) ?? STYLE_STRENGTH_RANGE.default);
  if (menu === 'use') return { menu, beta, content: fields.getUploadedFiles(FIELDS.image, true).first()! };
  const preset = fields.getStringSelectValues(FIELDS.preset)[0] ?? '';
  return { menu, beta, preset, size: readNumber(fields, NUMBERS.size, t) ?? SIZE_RANGE.default };
}

/** The request of a modal. */
export async function renderMenuForm(
  values: MenuFormValues,
  picture: PictureFile,
  readPicture: ReadPicture,
  { renderer, presets }: Pick<BotContext, 'renderer' | 'presets'>,
): Promise<RenderCommand> {
  if (values.menu === 'dream') return dreamOf(picture, readPicture, renderer);
  const { bytes, spoiler } = await readPicture(picture);
  const base = { kind: 'style' as const, beta: values.beta, seed: newSeed() };
  if (values.menu === 'paint') {
    const source = await presetSource(values.preset, presets);
    const styles = [{ image: await source.bytes() }];
    const request = { ...base, content: bytes, styles, size: values.size };
    return buildRequest(request, { styles: [source.title], spoiler }, renderer);
  }
  const content = await readPicture(values.content);
  const request = { ...base, content: content.bytes, styles: [{ image: bytes }] };
  const notes = { styles: ['attached'], spoiler: spoiler || content.spoiler };
  return buildRequest(request, notes, renderer);
}

export async function dreamOf(
  picture: PictureFile,
  readPicture: ReadPicture,
  renderer: Renderer,
): Promise<RenderCommand> {
  const { bytes, spoiler } = await readPicture(picture);
  return buildRequest({ kind: 'dream', image: bytes, seed: newSeed() }, { spoiler }, renderer);
}

/** Saves a picture as the member's own style. */
export async function saveAsOwnStyle(
  picture: PictureFile,
  { caller, t }: CallerContext,
  readPicture: ReadPicture,
  repository: StyleRepository,
): Promise<Answer> {
  const { bytes, spoiler } = await readPicture(picture);
  const title = oneLine(picture.name, TITLE_MAX) || 'attached';
  await repository.saveOwnStyle(caller.userId, { title, image: bytes, spoiler });
  return { kind: 'reply', content: t('done.style') };
}
