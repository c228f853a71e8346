// The Venue's clock: Unix time in ns that never goes back, and how far it is set wrong. Timers of the stand-ins do not
// depend on it.

const NS_PER_MS = 1_000_000n;

export class VenueClock {
  /** Added to the true time: what a client with an honest clock sees as skew. */
  skewMs = 0;
  private readonly origin = BigInt(Date.now()) * NS_PER_MS - process.hrtime.bigint();

  unixNs(): bigint {
    return this.origin + process.hrtime.bigint() + BigInt(this.skewMs) * NS_PER_MS;
  }

  unixMs(): number {
    return Number(this.unixNs() / NS_PER_MS);
  }
}

/** RFC 3339 with microseconds, as Kraken writes it. */
export function rfc3339(unixNs: bigint): string {
  const micros = unixNs / 1000n;
  const seconds = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, '0')}Z`;
}
