// Looks at the link's certificate and key before anything is started: the server that uses them says only that it failed.

import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { describeFailure } from '../base/system-failure.ts';
import { UnusableInput } from './unusable.ts';

interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Throws UnusableInput naming the file that cannot be used. */
export function checkTlsFiles({ certificateFile, keyFile }: TlsFiles): void {
  const cert = read('link.tls.certificateFile', certificateFile);
  const key = read('link.tls.keyFile', keyFile);
  attempt(`link.tls.certificateFile ${certificateFile}: expected a certificate in PEM form`, () => createSecureContext({ cert }));
  const expected = `expected the private key, in PEM form, of ${certificateFile}`;
  attempt(`link.tls.keyFile ${keyFile}: ${expected}`, () => createSecureContext({ cert, key }));
}

function read(name: string, path: string): Buffer {
  return attempt(`${name}: ${path} cannot be read, expected a PEM file that this user may read`, () => readFileSync(path));
}

function attempt<T>(otherwise: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new UnusableInput(`${otherwise}: ${describeFailure(error)}`, { cause: error });
  }
}
