const WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use',
  EACCES: 'cannot be opened by this user',
};

/** Why a port of the operator's choice cannot be listened on, and what to do. Nothing where it is not the port's fault. */
export function portError(variable: string, port: number, thrown: unknown): string | undefined {
  const words = WORDS[String((thrown as NodeJS.ErrnoException).code)];
  return words && `Port ${port} ${words}. Set ${variable} to another port, or to 0 for any free one.`;
}
