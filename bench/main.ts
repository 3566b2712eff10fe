/** `npm run bench`: figures, never assertions. */
import { latency } from './latency.js';

await latency();
process.exit(0);
