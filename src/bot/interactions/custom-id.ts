/** What the buttons of a job's message do. */
export const ACTIONS = [
  'cancel',
  'remix',
  'again',
  'deeper',
  'larger',
  'mine',
  'losses',
  'growth',
  'original',
  'star',
  'copy',
  'spoiler',
  'delete',
] as const;
export type Action = (typeof ACTIONS)[number];

/** What a button does to which job; it means the same after a restart. */
export interface ButtonAction {
  readonly action: Action;
  readonly jobId: string;
}

export const customId = ({ action, jobId }: ButtonAction) => `v1:${action}:${jobId}`;

export function parseCustomId(id: string): ButtonAction | undefined {
  const match = /^v1:([a-z]+):([0-9a-zA-Z-]{1,64})$/.exec(id);
  const action = ACTIONS.find((known) => known === match?.[1]);
  return action && match ? { action, jobId: match[2]! } : undefined;
}
