import { randomUUID } from 'node:crypto';
import {
  FileUploadBuilder,
  LabelBuilder,
  ModalBuilder,
  type MessageContextMenuCommandInteraction,
  type ModalSubmitFields,
  type ModalSubmitInteraction,
} from 'discord.js';
import { buildRequest } from '../../commands/shared/build-request.js';
import type { Answer, CommandContext } from '../../commands/shared/command.js';
import type { RenderCommand } from '../../jobs/render-command.js';
import { messageMenu } from '../../commands/shared/define.js';
import { presetChoices, presetSource } from '../../commands/shared/style-source.js';
import { newSeed, readPicture } from '../../commands/shared/options.js';
import type { PictureFile } from '../../jobs/picture-file.js';
import { refusal } from '../../commands/shared/refusals.js';
import { buildStyleRequest, betaOf, STYLE_STRENGTH_RANGE } from '../../commands/style.js';
import { oneLine } from '../../i18n/plain-text.js';
import { translator, type Translate } from '../../i18n/translate.js';
import { SIZE_RANGE } from '../../pipeline/requests.js';
import { picturesIn, type MessagePicture } from './message-pictures.js';
import { list } from './modal-fields.js';
import { NUMBERS, numberLine, readNumber } from './numbers.js';

/** What Discord takes: options of a list, and characters of one. */
const CHOICES_MAX = 25;
const LABEL_MAX = 100;
/** Characters of a style's title that are kept. */
const TITLE_MAX = 60;

/** The entries of a message's context menu. */
export const MENUS = {
  dream: messageMenu('menu.dream'),
  paint: messageMenu('menu.paint'),
  use: messageMenu('menu.use'),
} as const;
export type MenuName = keyof typeof MENUS;

export function menuNamed(name: string): MenuName | undefined {
  return (Object.keys(MENUS) as MenuName[]).find((key) => MENUS[key].name === name);
}

/** Throws `nothing-to-show` where the message has no picture. */
export function picturesOf({ targetMessage }: MessageContextMenuCommandInteraction): MessagePicture[] {
  const pictures = picturesIn(targetMessage);
  if (pictures.length === 0) throw refusal('nothing-to-show', 'no-picture');
  return pictures.slice(0, CHOICES_MAX);
}

export async function dreamOn(picture: PictureFile, context: CommandContext): Promise<RenderCommand> {
  const { bytes, spoiler } = await readPicture(picture, context);
  return buildRequest({ kind: 'dream', image: bytes, seed: newSeed() }, { spoiler }, context);
}

/** The form of a menu; which pictures it is about is kept until it is sent. */
export async function menuModal(
  kind: MenuName,
  pictures: readonly MessagePicture[],
  userId: string,
  context: CommandContext,
  t: Translate,
): Promise<ModalBuilder> {
  const id = randomUUID();
  const modal = new ModalBuilder().setCustomId(`v1:${kind}:${id}`).setTitle(t(`modal.${kind}`));
  if (pictures.length > 1) modal.addLabelComponents(pictureList(pictures, t));
  if (kind === 'paint') {
    const options = (await presetChoices(context.presets, '', t)).map(({ name, value }) => ({
      value: String(value),
      label: name,
    }));
    modal.addLabelComponents(list('preset', t('modal.preset'), options, options[0]?.value));
  }
  if (kind === 'use') {
    const file = new FileUploadBuilder().setCustomId('image').setRequired(false).setMaxValues(1);
    modal.addLabelComponents(
      new LabelBuilder()
        .setLabel(t('modal.mine'))
        .setDescription(t('modal.mine-hint'))
        .setFileUploadComponent(file),
    );
  }
  if (kind !== 'dream')
    modal.addLabelComponents(numberLine(NUMBERS.styleStrength, t, STYLE_STRENGTH_RANGE.default));
  if (kind === 'paint') modal.addLabelComponents(numberLine(NUMBERS.size, t, SIZE_RANGE.default));
  await context.repository.saveForm({ id, userId, pictures });
  return modal;
}

function pictureList(pictures: readonly MessagePicture[], t: Translate): LabelBuilder {
  const options = pictures.map(({ name, width, height }, index) => ({
    value: String(index),
    label: oneLine(`${index + 1}. ${name}`, LABEL_MAX),
    ...(width && height ? { description: `${width} × ${height}` } : {}),
  }));
  return list('picture', t('modal.picture'), options, options[0]?.value);
}

export function menuFormOf(customId: string): { kind: MenuName; id: string } | undefined {
  const [, kind, id] = /^v1:(dream|paint|use):([0-9a-f-]{36})$/.exec(customId) ?? [];
  return id === undefined ? undefined : { kind: kind as MenuName, id };
}

/** The picture that a form is about. Throws `nothing-to-show` where the form was open for too long, or is another's. */
export async function pictureOfForm(
  id: string,
  { fields, user }: ModalSubmitInteraction,
  { repository }: CommandContext,
): Promise<PictureFile> {
  const form = await repository.form(id, user.id);
  const chosen = fields.fields.has('picture') ? Number(fields.getStringSelectValues('picture')[0]) : 0;
  const picture = form?.pictures[chosen];
  if (!picture) throw refusal('nothing-to-show', 'form');
  return picture;
}

/** What was filled in beside the picture that the form is about. */
type MenuForm =
  | { readonly kind: 'dream' }
  | { readonly kind: 'paint'; readonly preset: string; readonly beta: number; readonly size: number }
  | { readonly kind: 'use'; readonly canvas: PictureFile; readonly beta: number };

/** Throws `invalid-parameter` for a number that cannot be used. */
export function readMenuForm(kind: MenuName, fields: ModalSubmitFields, t: Translate): MenuForm {
  if (kind === 'dream') return { kind };
  const beta = betaOf(readNumber(fields, NUMBERS.styleStrength, t) ?? STYLE_STRENGTH_RANGE.default);
  if (kind === 'use') return { kind, beta, canvas: fields.getUploadedFiles('image', true).first()! };
  const preset = fields.getStringSelectValues('preset')[0] ?? '';
  return { kind, beta, preset, size: readNumber(fields, NUMBERS.size, t) ?? SIZE_RANGE.default };
}

/** The picture to render by a form. */
export async function renderMenuForm(
  form: MenuForm,
  picture: PictureFile,
  context: CommandContext,
): Promise<RenderCommand> {
  if (form.kind === 'dream') return dreamOn(picture, context);
  const { bytes, spoiler } = await readPicture(picture, context);
  const base = { kind: 'style' as const, beta: form.beta, seed: newSeed() };
  if (form.kind === 'paint') {
    const source = await presetSource(form.preset, context.presets);
    const styles = [{ image: await source.bytes() }];
    const request = { ...base, content: bytes, styles, size: form.size };
    return buildStyleRequest(request, 'normal', { styles: [source.title], spoiler }, context);
  }
  const content = await readPicture(form.canvas, context);
  const request = { ...base, content: content.bytes, styles: [{ image: bytes }] };
  return buildStyleRequest(
    request,
    'normal',
    { styles: ['attached'], spoiler: spoiler || content.spoiler },
    context,
  );
}

/** Without a picture to repaint, a style becomes the person's own. */
export async function rememberStyle(
  picture: PictureFile,
  { user, locale }: ModalSubmitInteraction,
  context: CommandContext,
): Promise<Answer> {
  const { bytes, spoiler } = await readPicture(picture, context);
  const title = oneLine(picture.name, TITLE_MAX) || 'attached';
  await context.repository.saveOwnStyle(user.id, { title, image: bytes, spoiler });
  return { kind: 'reply', content: translator(locale)('done.style') };
}
