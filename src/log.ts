import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

const SECRETS = ['token', 'DISCORD_TOKEN', 'authorization', 'Authorization'];

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
    ...(token === undefined || token.length < 8
      ? {}
      : { hooks: { streamWrite: (line: string) => line.replaceAll(token, '[redacted]') } }),
  };
  return out ? pino(settings, out) : pino(settings);
}
