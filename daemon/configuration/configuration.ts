// The Configuration: file → effective Configuration → what the Core reads (`CoreConfig`) and what the Runtime reads
// (`Settings`). Explicit, complete, hashed; no key has an effect without standing in the effective text.

export { canonicalJson, configurationHash } from './canonical.ts';
export { compareImmutable, listChanges } from './live-change.ts';
export { loadConfiguration, parseConfiguration } from './load.ts';
export type { LoadedConfiguration } from './load.ts';
export { ConfigurationError } from './problem.ts';
export { readRecorded, resolveConfiguration, resolveRecorded } from './resolve.ts';
export type { EffectiveConfiguration } from './schema.ts';
export { readSettings } from './settings.ts';
export type { Settings, VenueSettings } from './settings.ts';
