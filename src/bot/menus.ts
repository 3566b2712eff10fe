import path from 'node:path';
import {
  AttachmentFlagsBitField,
  FileUploadBuilder,
  LabelBuilder,
  ModalBuilder,
  type Embed,
  type MessageContextMenuCommandInteraction,
  type ModalSubmitInteraction,
} from 'discord.js';
import { ask } from '../commands/ask.js';
import type { Answer, CommandContext } from '../commands/command.js';
import type { RenderAsk } from '../commands/render-ask.js';
import { messageMenu } from '../commands/define.js';
import { presetChoices, presetManner } from '../commands/manner.js';
import { newSeed, readPicture, type PictureFile } from '../commands/options.js';
import { refusal } from '../commands/refusals.js';
import { askStyle, betaOf } from '../commands/style.js';
import { translator, type Translate } from '../locales/translate.js';
import { line, list, readNumber } from './remix.js';

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

/** The picture of a message, attached or in an embed. Throws `nothing-to-show` where it has none. */
export function pictureIn({ targetMessage }: MessageContextMenuCommandInteraction): PictureFile {
  const { attachments, embeds } = targetMessage;
  const picture =
    attachments.find(({ contentType }) => contentType?.startsWith('image/')) ??
    embeds.map(embedded).find((file) => file !== undefined);
  if (!picture) throw refusal('nothing-to-show', 'no-picture');
  return picture;
}

/**
 * The picture that an embed shows, a result of ours or what a link leads to: Discord does not count it among the
 * attachments. Fetched from Discord's own proxy, never from where a link leads.
 */
function embedded({ image, thumbnail }: Embed): PictureFile | undefined {
  const url = image?.proxyURL ?? thumbnail?.proxyURL;
  if (url === undefined) return undefined;
  const name = path.posix.basename(new URL(url).pathname);
  // How large it is only the download shows.
  return { url, name, size: 0, flags: new AttachmentFlagsBitField() };
}

export async function dreamOn(picture: PictureFile, context: CommandContext): Promise<RenderAsk> {
  const { bytes, spoiler } = await readPicture(picture, context);
  return ask({ kind: 'dream', image: bytes, seed: newSeed() }, { spoiler }, context);
}

export async function menuModal(
  kind: 'paint' | 'use',
  id: string,
  context: CommandContext,
  t: Translate,
): Promise<ModalBuilder> {
  const modal = new ModalBuilder().setCustomId(`v1:${kind}:${id}`);
  const strength = line('strength', 'modal.strength', t, 50);
  if (kind === 'paint') {
    const options = (await presetChoices(context.presets, '', t)).map(({ name, value }) => ({
      value: String(value),
      label: name,
    }));
    return modal
      .setTitle(t('modal.paint'))
      .addLabelComponents(
        list('preset', t('modal.preset'), options, options[0]?.value),
        strength,
        line('size', 'modal.size', t, 512),
      );
  }
  const file = new FileUploadBuilder().setCustomId('image').setRequired(false).setMaxValues(1);
  return modal
    .setTitle(t('modal.use'))
    .addLabelComponents(
      new LabelBuilder()
        .setLabel(t('modal.mine'))
        .setDescription(t('modal.mine-hint'))
        .setFileUploadComponent(file),
      strength,
    );
}

/** The picture to render that was filled in. */
export async function readMenuModal(
  kind: 'paint' | 'use',
  picture: PictureFile,
  interaction: ModalSubmitInteraction,
  context: CommandContext,
): Promise<RenderAsk> {
  const { fields } = interaction;
  const beta = betaOf(Math.min(100, Math.max(0, readNumber(fields, 'strength') ?? 50)));
  const { bytes, spoiler } = await readPicture(picture, context);
  const base = { kind: 'style' as const, beta, seed: newSeed() };
  if (kind === 'paint') {
    const manner = await presetManner(fields.getStringSelectValues('preset')[0] ?? '', context.presets);
    const size = readNumber(fields, 'size') ?? 512;
    const request = { ...base, content: bytes, styles: [{ image: await manner.bytes() }], size };
    return askStyle(request, 'normal', { styles: [manner.title], spoiler }, context);
  }
  const canvas = fields.getUploadedFiles('image', true).first()!;
  const content = await readPicture(canvas, context);
  const request = { ...base, content: content.bytes, styles: [{ image: bytes }] };
  return askStyle(request, 'normal', { styles: ['attached'], spoiler: spoiler || content.spoiler }, context);
}

/** Without a picture to repaint, a style becomes the person's own. */
export async function rememberStyle(
  picture: PictureFile,
  { user, locale }: ModalSubmitInteraction,
  context: CommandContext,
): Promise<Answer> {
  const { bytes } = await readPicture(picture, context);
  await context.keeping.saveOwnStyle(user.id, { title: picture.name.slice(0, 60), image: bytes });
  return { kind: 'reply', content: translator(locale)('done.style') };
}
