import type { Faults } from './faults.js';
import type { Gateway } from './gateway.js';
import type { Interactions } from './interactions.js';
import type { Messages } from './messages.js';
import type { Reactions } from './reactions.js';
import type { World } from './world.js';

export interface LoggedRequest {
  method: string;
  /** Below /api/v10, without the query. */
  path: string;
  status: number;
  at: number;
}

export interface Download {
  path: string;
  /** Whoever asked for the file went away before it was there. */
  abandoned: boolean;
}

export interface Parts {
  world: World;
  messages: Messages;
  interactions: Interactions;
  gateway: Gateway;
  reactions: Reactions;
  faults: Faults;
  requests: LoggedRequest[];
  downloads: Download[];
}
