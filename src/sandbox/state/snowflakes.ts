/** Snowflakes, Discord's ids: the time since 2015 in the high bits, a counter in the low 22. */
const DISCORD_EPOCH = 1_420_070_400_000;

/** Milliseconds since 1970; tests set it forward. */
export type Clock = () => number;

export function snowflakes(now: Clock): () => string {
  let counter = 0n;
  return () => {
    counter = (counter + 1n) & 0x3fffffn;
    const time = BigInt(Math.max(0, Math.floor(now()) - DISCORD_EPOCH));
    return String((time << 22n) | counter);
  };
}
