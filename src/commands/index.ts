import { about } from './about.js';
import { cancel } from './cancel.js';
import type { Command } from './shared/command.js';
import { dream } from './dream.js';
import { gallery } from './gallery.js';
import { help } from './help.js';
import { privacy } from './privacy.js';
import { queue } from './queue.js';
import { settings } from './settings.js';
import { show } from './show.js';
import { stats } from './stats.js';
import { style } from './style.js';
import { visualise } from './visualise.js';

export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [dream, style, visualise, queue, cancel, show, gallery, stats, settings, privacy, help, about].map(
    (command) => [command.definition.name, command],
  ),
);
