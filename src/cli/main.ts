#!/usr/bin/env node
/** `reverie`: the pipeline on the command line, one file per command. */
import { Command } from 'commander';
import { toReverieError } from '../errors.js';
import { botCommand } from './bot.js';
import { doctorCommand } from './doctor.js';
import { dreamCommand } from './dream.js';
import { addJobs } from './jobs.js';
import { addModels } from './models.js';
import { sheetCommand } from './sheet.js';
import { styleCommand } from './style.js';
import { addStyles } from './styles.js';
import { visualiseCommand } from './visualise.js';

const program = new Command('reverie').description(
  'Deep dream and neural style transfer on the command line.',
);
for (const command of [
  styleCommand(),
  sheetCommand(),
  dreamCommand(),
  visualiseCommand(),
  doctorCommand(),
  botCommand(),
])
  program.addCommand(command);
addModels(program);
addStyles(program);
addJobs(program);

try {
  await program.parseAsync();
} catch (thrown) {
  const error = toReverieError(thrown);
  console.error(error.sentence);
  if (error.code === 'internal') console.error(error.cause);
  // Anyone who runs this command can install the network; the cause says how.
  if (error.code === 'network-missing' && error.cause instanceof Error) console.error(error.cause.message);
  process.exitCode = 1;
}
