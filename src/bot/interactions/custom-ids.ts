/**
 * Custom ids of buttons, modals and their fields. Buttons and modals live on in posted messages, so an id must keep its
 * meaning in later versions.
 */

/** Buttons of a job's message. */
export const ACTIONS = [
  'cancel',
  'remix',
  'again',
  'deeper',
  'larger',
  'mine',
  'refine',
  'others',
  'losses',
  'growth',
  'original',
  'star',
  'copy',
  'spoiler',
  'delete',
] as const;
export type Action = (typeof ACTIONS)[number];

/** A button of a job's message, or the modal that its remix button opens. */
export interface JobAction {
  readonly action: Action;
  readonly jobId: string;
}

export const actionId = ({ action, jobId }: JobAction) => `v1:${action}:${jobId}`;

export function parseActionId(customId: string): JobAction | undefined {
  const match = /^v1:([a-z]+):([0-9a-zA-Z-]{1,64})$/.exec(customId);
  const action = ACTIONS.find((known) => known === match?.[1]);
  return action && match ? { action, jobId: match[2]! } : undefined;
}

/** The list below a sheet, from which a picture is chosen. */
export const sheetListId = (jobId: string) => `v1:choose:${jobId}`;

/** The id of the sheet's job. */
export const parseSheetListId = (customId: string): string | undefined =>
  /^v1:choose:([0-9a-zA-Z-]{1,64})$/.exec(customId)?.[1];

/** Entries of a message's context menu, each with a modal. */
export const MENU_NAMES = ['dream', 'paint', 'use'] as const;
export type MenuName = (typeof MENU_NAMES)[number];

/** The modal of a menu entry. */
export interface MenuForm {
  readonly menu: MenuName;
  readonly formId: string;
}

export const menuFormId = ({ menu, formId }: MenuForm) => `v1:${menu}:${formId}`;

export function parseMenuFormId(customId: string): MenuForm | undefined {
  const match = /^v1:([a-z]+):([0-9a-f-]{36})$/.exec(customId);
  const menu = MENU_NAMES.find((known) => known === match?.[1]);
  return menu && match ? { menu, formId: match[2]! } : undefined;
}

/** Fields of the modals. */
export const FIELDS = {
  picture: 'picture',
  preset: 'preset',
  image: 'image',
  layer: 'layer',
  colours: 'colours',
  strength: 'strength',
  brush: 'brush',
  octaves: 'octaves',
  size: 'size',
  channel: 'channel',
  seed: 'seed',
} as const;
export type FieldId = (typeof FIELDS)[keyof typeof FIELDS];
