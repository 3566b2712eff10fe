/** Snowflakes: the time of the injected clock in the high bits, a counter in the low ones. */
const DISCORD_EPOCH = 1_420_070_400_000;

export type Clock = () => number;

export function snowflakes(now: Clock): () => string {
  let counter = 0n;
  return () => {
    counter = (counter + 1n) & 0x3fffffn;
    const time = BigInt(Math.max(0, Math.floor(now()) - DISCORD_EPOCH));
    return String((time << 22n) | counter);
  };
}
