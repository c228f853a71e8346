// The limits part of the effective Configuration, for GET /limits. Reads canonical JSON and picks; the numbers are
// shown as they are configured, never computed anew.

interface ConfiguredInstrument {
  readonly id?: unknown;
  readonly limits?: unknown;
}

/** What Risk is told to allow: session-wide, then instrument by instrument. */
export function limitsOf(configuration: string): unknown {
  const { risk, instruments } = JSON.parse(configuration) as { risk?: unknown; instruments?: unknown };
  const list = Array.isArray(instruments) ? (instruments as ConfiguredInstrument[]) : [];
  return {
    risk: risk ?? null,
    instruments: list.map(({ id, limits }) => ({ instrument: id ?? null, limits: limits ?? null })),
  };
}
