// Reads a configuration file as text, or says why it cannot be one. The only part of this folder that touches the disk.

import { readFileSync, statSync } from 'node:fs';
import { describeFailure } from '../base/system-failure.ts';
import { ConfigurationError } from './problem.ts';

const FILE_SIZE_MAX = 4 * 1024 * 1024;

/** Throws a ConfigurationError that names the file. */
export function readTextFile(file: string): string {
  try {
    const facts = statSync(file);
    // A pipe is a file to whoever writes `<(…)`; a device may have no end.
    if (facts.isCharacterDevice() || facts.isBlockDevice()) throw new Error('found a device, expected a YAML file');
    const { size } = facts;
    if (size > FILE_SIZE_MAX) throw new Error(`found ${size} bytes, expected at most ${FILE_SIZE_MAX}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw new ConfigurationError(file, [{ path: '', line: 0, message: readFailure(error as NodeJS.ErrnoException) }]);
  }
}

function readFailure(error: NodeJS.ErrnoException): string {
  if (error.code === 'EISDIR') return 'found a folder, expected a YAML file';
  return error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'found bytes that are not UTF-8 text' : describeFailure(error);
}
