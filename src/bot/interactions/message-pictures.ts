/** The pictures of a message, in attachments, embeds and components. */
import path from 'node:path';
import {
  ComponentType,
  type APIUnfurledMediaItem,
  type Attachment,
  type Embed,
  type Message,
} from 'discord.js';
import { isHidden, type PictureFile } from '../../jobs/member-repositories.js';

/** A picture in a message, with its size in pixels where Discord says it. */
export interface MessagePicture extends PictureFile {
  readonly width?: number;
  readonly height?: number;
}

type Component = Message['components'][number];

/** Attachments without a content type are judged by their names; after the download, the bytes decide. */
const PICTURE_NAME = /\.(png|jpe?g|jfif|webp|gif|avif|tiff?)$/i;

const isPicture = (name: string, contentType: string | null | undefined): boolean =>
  contentType ? contentType.startsWith('image/') : PICTURE_NAME.test(name);

/** Every picture of a message and of the messages that it forwards, in the order in which they are shown, without duplicates. */
export function picturesIn(message: Message): MessagePicture[] {
  const found = [message, ...message.messageSnapshots.values()].flatMap(
    ({ attachments, components, content, embeds }) => [
      ...[...attachments.values()].flatMap(attached),
      ...components.flatMap((component) => shownBy(component, false)),
      ...embeds.flatMap((embed) => embedded(embed, content)),
    ],
  );
  // An embed may show an attachment. The two URLs differ in their signatures.
  const bare = ({ url }: MessagePicture) => url.split('?')[0];
  return found.filter((one, index) => found.findIndex((other) => bare(other) === bare(one)) === index);
}

function attached(file: Attachment): MessagePicture[] {
  const { url, name, size, contentType } = file;
  if (!isPicture(name, contentType)) return [];
  return [{ url, name, size, spoiler: isHidden(file), ...sides(file) }];
}

/**
 * The pictures of an embed: one of the bot's results, or the preview of a link. Discord does not list them among the
 * attachments. The preview of a link inside a spoiler is hidden.
 */
function embedded({ data: { image, thumbnail, url } }: Embed, content: string): MessagePicture[] {
  const hidden =
    url !== undefined && [...content.matchAll(/\|\|.*?\|\|/gs)].some(([words]) => words.includes(url));
  return [image, thumbnail].flatMap((media) =>
    // What an embed shows is a picture, whatever its URL ends with.
    media && isPicture('.png', media.content_type) ? unfurled(media, { hidden }) : [],
  );
}

/** The pictures of a component and of its children; `hidden` if a container around them is a spoiler. */
function shownBy(component: Component, hidden: boolean): MessagePicture[] {
  const item = (
    media: APIUnfurledMediaItem,
    spoiler: boolean,
    file: { name?: string; size?: number } = {},
  ) =>
    isPicture(file.name ?? nameIn(media.url), media.content_type)
      ? unfurled(media, { hidden: hidden || spoiler, ...file })
      : [];
  switch (component.type) {
    case ComponentType.Container:
      return component.components.flatMap((inner) => shownBy(inner, hidden || component.spoiler));
    case ComponentType.Section: {
      const { accessory } = component;
      return accessory.type === ComponentType.Thumbnail ? item(accessory.media.data, accessory.spoiler) : [];
    }
    case ComponentType.MediaGallery:
      return component.items.flatMap(({ media, spoiler }) => item(media.data, spoiler));
    case ComponentType.File:
      return item(component.file.data, component.spoiler, component.data);
    default:
      return [];
  }
}

/** An upload is downloaded from its own URL, anything else from Discord's proxy, never from a linked site. */
function unfurled(
  media: Pick<APIUnfurledMediaItem, 'proxy_url' | 'attachment_id' | 'url' | 'width' | 'height'>,
  { hidden, name, size = 0 }: { readonly hidden: boolean; readonly name?: string; readonly size?: number },
): MessagePicture[] {
  const url = media.attachment_id === undefined ? media.proxy_url : media.url;
  if (url === undefined) return [];
  const fileName = name ?? nameIn(url);
  // A size of 0 means that Discord does not say.
  return [
    { url, name: fileName, size, spoiler: isHidden({ name: fileName, spoiler: hidden }), ...sides(media) },
  ];
}

function nameIn(url: string): string {
  const name = URL.canParse(url) ? path.posix.basename(new URL(url).pathname) : '';
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

const sides = ({ width, height }: { width?: number | null; height?: number | null }) =>
  width && height ? { width, height } : {};
