/** Timestamps of pcapng: 64-bit counts of an interface's own unit, to seconds and nanoseconds without BigInt. */

const NS_PER_S = 1_000_000_000;

/** Where `TickClock.read` leaves its answer. */
export interface Moment {
  seconds: number;
  nanoseconds: number;
}

export interface TickClock {
  /** Converts the count `high * 2^32 + low`. */
  read(high: number, low: number, into: Moment): void;
}

/**
 * @param resolution if_tsresol: the exponent of 10^-n, or with bit 7 of 2^-n seconds.
 * @param offsetSeconds if_tsoffset, whole seconds to add.
 */
export function createTickClock(resolution: number, offsetSeconds: number): TickClock {
  const exponent = resolution & 0x7f;
  if ((resolution & 0x80) === 0 && exponent <= 9) return decimalClock(10 ** exponent, offsetSeconds);
  return exactClock(((resolution & 0x80) === 0 ? 10n : 2n) ** BigInt(exponent), offsetSeconds);
}

/** The usual clocks, milli- to nanoseconds: long division in 16-bit steps, in which every remainder fits a double. */
function decimalClock(perSecond: number, offsetSeconds: number): TickClock {
  const nsPerTick = NS_PER_S / perSecond;
  return {
    read(high, low, into) {
      const upper = (high % perSecond) * 65536 + (low >>> 16);
      const lower = (upper % perSecond) * 65536 + (low & 0xffff);
      const quotient =
        (Math.floor(high / perSecond) * 65536 + Math.floor(upper / perSecond)) * 65536 +
        Math.floor(lower / perSecond);
      const rest = lower % perSecond;
      into.seconds = quotient + offsetSeconds;
      into.nanoseconds = rest * nsPerTick;
    },
  };
}

/** Powers of two and units below the nanosecond are rare: BigInt is exact and short. */
function exactClock(perSecond: bigint, offsetSeconds: number): TickClock {
  return {
    read(high, low, into) {
      const ticks = (BigInt(high) << 32n) | BigInt(low);
      into.seconds = Number(ticks / perSecond) + offsetSeconds;
      into.nanoseconds = Number(((ticks % perSecond) * BigInt(NS_PER_S)) / perSecond);
    },
  };
}
