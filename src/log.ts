import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

const SECRETS = ['token', 'DISCORD_TOKEN', 'authorization', 'Authorization'];

/** The address of an interaction's answer holds its token, good for a quarter of an hour. */
const INTERACTION = /(\/(?:interactions|webhooks)\/\d+)\/[\w.-]+/g;

/** Structured logs on standard output; tokens never reach them, however deep they sit. */
export function createLogger(
  options: { level: string; token?: string | undefined },
  out?: DestinationStream,
): Logger {
  const { token } = options;
  const settings = {
    level: options.level,
    redact: {
      paths: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]),
      censor: '[redacted]',
    },
    hooks: {
      streamWrite(line: string) {
        const masked = line.replace(INTERACTION, '$1/[redacted]');
        return token === undefined || token.length < 8 ? masked : masked.replaceAll(token, '[redacted]');
      },
    },
  };
  return out ? pino(settings, out) : pino(settings);
}
