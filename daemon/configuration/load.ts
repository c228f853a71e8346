// A configuration file to a validated, effective Configuration with its canonical text and hash. Paths become absolute
// here, so that the recorded text means the same wherever it is read.

import { dirname, isAbsolute, resolve } from 'node:path';
import type { CoreConfig } from '../core/config.ts';
import { canonicalJson, configurationHash } from './canonical.ts';
import { ConfigurationError } from './problem.ts';
import { resolveConfiguration } from './resolve.ts';
import type { EffectiveConfiguration } from './schema.ts';
import { readSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { readTextFile } from './text-file.ts';
import { validate } from './validate.ts';
import { readYaml } from './yaml-text.ts';

const RECORDED_SIZE_MAX = 1024 * 1024;
const SOCKET_PATH_MAX = 107;

export interface LoadedConfiguration {
  /** Absolute path of the file. */
  readonly file: string;
  readonly effective: EffectiveConfiguration;
  /** Canonical JSON of `effective`: what SessionStarted records. */
  readonly json: string;
  /** SHA-256 of `json`. */
  readonly hash: string;
  /** What the Core may read. */
  readonly core: CoreConfig;
  /** What only the Runtime reads. */
  readonly settings: Settings;
}

/** Throws ConfigurationError with everything that is wrong. */
export function loadConfiguration(file: string): LoadedConfiguration {
  return parseConfiguration(readTextFile(file), file);
}

/** Like `loadConfiguration`, for text that is at hand; `file` names it and anchors relative paths. */
export function parseConfiguration(text: string, file: string): LoadedConfiguration {
  const yaml = readYaml(text, file);
  const result = validate(yaml.value, yaml.lineOf);
  if ('problems' in result) throw new ConfigurationError(file, result.problems);
  const path = resolve(file);
  const effective = withAbsolutePaths(result.effective, dirname(path));
  const json = canonicalJson(effective);
  checkRecordable(json, file);
  const core = resolveConfiguration(effective);
  const settings = readSettings(effective);
  checkSocketPath(settings, file);
  return { file: path, effective, json, hash: configurationHash(json), core, settings };
}

/** SessionStarted records the whole text. */
function checkRecordable(json: string, file: string): void {
  const bytes = Buffer.byteLength(json);
  if (bytes <= RECORDED_SIZE_MAX) return;
  const message = `the effective configuration has ${bytes} bytes, expected at most ${RECORDED_SIZE_MAX}`;
  throw new ConfigurationError(file, [{ path: '', line: 0, message }]);
}

/** The kernel holds at most 107 bytes of a unix socket's path. */
function checkSocketPath({ admin }: Settings, file: string): void {
  const bytes = Buffer.byteLength(admin.socket);
  if (bytes <= SOCKET_PATH_MAX) return;
  const message = `found ${admin.socket} (${bytes} bytes), expected at most ${SOCKET_PATH_MAX} bytes`;
  throw new ConfigurationError(file, [{ path: 'admin.socket', line: 0, message }]);
}

function withAbsolutePaths(configuration: EffectiveConfiguration, folder: string): EffectiveConfiguration {
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(folder, path));
  const optional = (path: string | null) => (path === null ? null : absolute(path));
  const { session, link, admin, strategies } = configuration;
  return {
    ...configuration,
    session: { ...session, dataDir: absolute(session.dataDir) },
    link: {
      ...link,
      tokenFile: optional(link.tokenFile),
      tls: link.tls && { certificateFile: absolute(link.tls.certificateFile), keyFile: absolute(link.tls.keyFile) },
    },
    admin: { ...admin, socket: optional(admin.socket) },
    strategies: strategies.map((strategy) => ({
      ...strategy,
      module: strategy.module.startsWith('builtin:') ? strategy.module : absolute(strategy.module),
    })),
  };
}
