import { pino, type DestinationStream, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';

export type { Logger } from 'pino';

const SECRETS = ['token', 'DISCORD_TOKEN', 'authorization', 'Authorization'];

/** URLs of interaction responses contain a token that is valid for 15 minutes. */
const INTERACTION = /(\/(?:interactions|webhooks)\/\d+)\/[\w.-]+/g;

/** Logs JSON lines, or readable ones on a terminal. Tokens are redacted, however deep in a value they are. */
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
  // Synchronously: what pino writes in the thread pool is lost if the process is killed right after.
  return pino(settings, out === process.stdout ? pino.destination({ dest: 1, sync: true }) : out);
}

/** Formats synchronously, unlike pino-pretty's transport and stream: the last lines before an exit must not get lost. */
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

/** Control characters except tab and line feed. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Leaves out the stacks of warnings, and control characters: text from users must not control the terminal. */
function forTerminal(line: string): object {
  const record = JSON.parse(line, (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(CONTROL, '') : value,
  ) as { level: number; err?: { type: string; message: string } };
  const { err, ...rest } = record;
  return err && record.level < 50 ? { ...rest, reason: `${err.type}: ${err.message}` } : record;
}
