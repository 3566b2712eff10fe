import { about } from './about.js';
import { cancel } from './cancel.js';
import type { Command } from './command.js';
import { dream } from './dream.js';
import { help } from './help.js';
import { queue } from './queue.js';
import { style } from './style.js';
import { visualise } from './visualise.js';

export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [dream, style, visualise, queue, cancel, help, about].map((command) => [command.definition.name, command]),
);
