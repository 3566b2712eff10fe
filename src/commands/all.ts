import { cancel } from './cancel.js';
import type { Command } from './command.js';
import { dream } from './dream.js';
import { queue } from './queue.js';
import { style } from './style.js';

export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [dream, style, queue, cancel].map((command) => [command.definition.name, command]),
);
