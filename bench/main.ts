/** `npm run bench`: figures, never assertions. `npm run bench chaos` kills the bot fifty times. */
import { chaos } from './chaos.js';
import { latency } from './latency.js';

if (process.argv[2] === 'chaos') console.log(await chaos());
else await latency();
process.exit(0);
