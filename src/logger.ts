import { pino, type DestinationStream, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';

export type { Logger } from 'pino';

const SECRETS = ['token', 'DISCORD_TOKEN', 'authorization', 'Authorization'];

/** The address of an interaction's answer holds its token, good for a quarter of an hour. */
const INTERACTION = /(\/(?:interactions|webhooks)\/\d+)\/[\w.-]+/g;

/** JSON lines, or readable ones on a terminal; tokens never reach them, however deep they sit. */
export function createLogger(
  options: { level: string; token?: string | undefined },
  out: DestinationStream & { readonly isTTY?: boolean } = process.stdout,
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
  if (out.isTTY) return pino(settings, readable(out));
  // Left to itself, pino writes to standard output faster than process.stdout does.
  return out === process.stdout ? pino(settings) : pino(settings, out);
}

/** Not a transport or a stream of pino-pretty's: what is logged last before the process exits must not be lost. */
function readable(out: DestinationStream): DestinationStream {
  const pretty = prettyFactory({
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
    customColors: { message: 'reset' },
    useOnlyCustomProps: false,
  });
  return {
    write(line) {
      out.write(pretty(forTerminal(line)));
    },
  };
}

/** All but tab and line feed. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A warning's stack is left to the JSON; what came from strangers must not steer the terminal. */
function forTerminal(line: string): object {
  const record = JSON.parse(line, (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(CONTROL, '') : value,
  ) as { level: number; err?: { type: string; message: string } };
  const { err, ...rest } = record;
  return err && record.level < 50 ? { ...rest, reason: `${err.type}: ${err.message}` } : record;
}
