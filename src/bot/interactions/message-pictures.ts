/** The pictures of a message, wherever it shows them. */
import path from 'node:path';
import {
  ComponentType,
  type APIUnfurledMediaItem,
  type Attachment,
  type Embed,
  type Message,
} from 'discord.js';
import { isHidden, type PictureFile } from '../../jobs/picture-file.js';

/** A picture in a message: what a download needs, and its size in pixels where Discord tells it. */
export interface MessagePicture extends PictureFile {
  readonly width?: number;
  readonly height?: number;
}

type Component = Message['components'][number];

/** Attachments whose type Discord does not say are judged by their name; the bytes decide after the download. */
const PICTURE_NAME = /\.(png|jpe?g|jfif|webp|gif|avif|tiff?)$/i;

const isPicture = (name: string, contentType: string | null | undefined): boolean =>
  contentType ? contentType.startsWith('image/') : PICTURE_NAME.test(name);

/** Every picture of a message and of what it forwards, in the order in which they are shown; each once. */
export function picturesIn(message: Message): MessagePicture[] {
  const found = [message, ...message.messageSnapshots.values()].flatMap(
    ({ attachments, components, content, embeds }) => [
      ...[...attachments.values()].flatMap(attached),
      ...components.flatMap((component) => shownBy(component, false)),
      ...embeds.flatMap((embed) => embedded(embed, content)),
    ],
  );
  // An attachment may be shown by an embed as well. Signatures differ from address to address.
  const bare = ({ url }: MessagePicture) => url.split('?')[0];
  return found.filter((one, index) => found.findIndex((other) => bare(other) === bare(one)) === index);
}

function attached(file: Attachment): MessagePicture[] {
  const { url, name, size, contentType } = file;
  if (!isPicture(name, contentType)) return [];
  return [{ url, name, size, spoiler: isHidden(file), ...sides(file) }];
}

/**
 * The pictures that an embed shows, a result of ours or what a link leads to: Discord does not count it among the
 * attachments. What a link between spoiler bars leads to is hidden.
 */
function embedded({ data: { image, thumbnail, url } }: Embed, content: string): MessagePicture[] {
  const hidden =
    url !== undefined && [...content.matchAll(/\|\|.*?\|\|/gs)].some(([words]) => words.includes(url));
  return [image, thumbnail].flatMap((media) =>
    // What an embed shows is a picture, whatever its address is called.
    media && isPicture('.png', media.content_type) ? unfurled(media, { hidden }) : [],
  );
}

/** The pictures of a component and of those in it; `hidden` where a container around them is a spoiler. */
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

/** An upload is fetched from its own address, anything else from Discord's proxy, never from where a link leads. */
function unfurled(
  media: Pick<APIUnfurledMediaItem, 'proxy_url' | 'attachment_id' | 'url' | 'width' | 'height'>,
  { hidden, name, size = 0 }: { readonly hidden: boolean; readonly name?: string; readonly size?: number },
): MessagePicture[] {
  const url = media.attachment_id === undefined ? media.proxy_url : media.url;
  if (url === undefined) return [];
  const called = name ?? nameIn(url);
  // A size of 0: how large it is only the download shows.
  return [{ url, name: called, size, spoiler: isHidden({ name: called, spoiler: hidden }), ...sides(media) }];
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
