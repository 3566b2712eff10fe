/** What a button does to which job; it means the same after a restart. */
export interface ButtonAction {
  readonly action: 'cancel';
  readonly jobId: string;
}

export const customId = ({ action, jobId }: ButtonAction) => `v1:${action}:${jobId}`;

export function parseCustomId(id: string): ButtonAction | undefined {
  const match = /^v1:(cancel):([0-9a-zA-Z-]{1,64})$/.exec(id);
  return match ? { action: 'cancel', jobId: match[2]! } : undefined;
}
