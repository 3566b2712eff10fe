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
import type { Answer, CallerContext, PictureRequest } from '../../commands/shared/command.js';
import { newSeed } from '../../commands/shared/options.js';
import type { ReadPicture } from '../../commands/shared/pictures.js';
import { buildSheet } from '../../commands/shared/sheet.js';
import { pictureOfStyle, presetChoices, presetSource } from '../../commands/shared/style-source.js';
import { betaOf, STYLE_STRENGTH_RANGE } from '../../commands/style.js';
import { refusal } from '../../errors.js';
import { oneLine } from '../../i18n/plain-text.js';
import type { Translate } from '../../i18n/translate.js';
import type { FormRepository, PictureFile, StyleRepository } from '../../jobs/member-repositories.js';
import type { RenderCommand } from '../../jobs/render-command.js';
import { SHEET_CONTENTS_MAX, SIZE_RANGE } from '../../pipeline/requests.js';
import type { BotContext } from '../context.js';
import { FIELDS, menuFormId, type MenuName } from './custom-ids.js';
import type { MessagePicture } from './message-pictures.js';
import { list } from './modal-fields.js';
import { NUMBERS, numberLine, readNumber } from './numbers.js';

type Renderer = BotContext['renderer'];
type Presets = ReturnType<BotContext['presetsIn']>;

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
  if (pictures.length > 1) modal.addLabelComponents(pictureList(menu, pictures, t));
  if (menu === 'paint') modal.addLabelComponents(await presetList(presets, t));
  if (menu === 'use') modal.addLabelComponents(pictureUpload(t));
  if (menu !== 'dream')
    modal.addLabelComponents(numberLine(NUMBERS.styleStrength, t, STYLE_STRENGTH_RANGE.default));
  if (menu === 'paint') modal.addLabelComponents(numberLine(NUMBERS.size, t, SIZE_RANGE.default));
  await repository.saveForm({ id: formId, userId: caller.userId, pictures });
  return modal;
}

function pictureList(menu: MenuName, pictures: readonly MessagePicture[], t: Translate): LabelBuilder {
  const options = pictures.map(({ name, width, height }, index) => ({
    value: String(index),
    label: oneLine(`${index + 1}. ${name}`, LABEL_MAX),
    ...(width && height ? { description: `${width} × ${height}` } : {}),
  }));
  const first = options[0]?.value;
  if (menu !== 'paint') return list(FIELDS.picture, t('modal.picture'), options, first);
  const most = Math.min(SHEET_CONTENTS_MAX, pictures.length);
  return list(FIELDS.picture, t('modal.pictures'), options, first, most).setDescription(
    t('modal.pictures-hint'),
  );
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

/** The pictures that a modal is about. Throws `nothing-to-show` if the modal is too old, or somebody else's. */
export async function picturesOfForm(
  formId: string,
  { fields, user }: ModalSubmitInteraction,
  repository: FormRepository,
): Promise<readonly [PictureFile, ...PictureFile[]]> {
  const form = await repository.form(formId, user.id);
  const chosen = fields.fields.has(FIELDS.picture) ? fields.getStringSelectValues(FIELDS.picture) : ['0'];
  const [picture, ...others] = chosen.flatMap((index) => form?.pictures[Number(index)] ?? []);
  if (!picture) throw refusal('nothing-to-show', 'form');
  return [picture, ...others];
}

/** What was filled in, apart from the pictures that the modal is about. */
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
  pictures: readonly [PictureFile, ...PictureFile[]],
  { readPicture, settings, caller }: Omit<PictureRequest, 't'>,
  { renderer, presetsIn }: Pick<BotContext, 'renderer' | 'presetsIn'>,
): Promise<RenderCommand> {
  const [picture] = pictures;
  if (values.menu === 'dream') return dreamOf(picture, readPicture, renderer);
  const { bytes, spoiler } = await readPicture(picture);
  const base = { kind: 'style' as const, beta: values.beta, seed: newSeed() };
  if (values.menu === 'paint') {
    const source = await presetSource(values.preset, presetsIn(caller.guildId));
    if (pictures.length > 1) {
      const contents = [bytes];
      let hidden = spoiler;
      for (const file of pictures.slice(1)) {
        const read = await readPicture(file);
        contents.push(read.bytes);
        hidden ||= read.spoiler;
      }
      const notes = { spoiler: hidden, chosen: { size: values.size } };
      return buildSheet({ contents, sources: [source], beta: values.beta }, notes, { settings }, renderer);
    }
    const styles = [await pictureOfStyle(source)];
    const request = { ...base, content: bytes, styles, size: values.size };
    return buildRequest(
      request,
      { styles: [source.title], spoiler: spoiler || (source.hidden ?? false) },
      renderer,
    );
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
