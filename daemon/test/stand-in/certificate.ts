// A certificate authority and a server certificate of its own, made at start and good for a day: nothing trusts them but a
// client that was given `caFile`. Keys stay in the folder, which its owner removes.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TestCertificate {
  /** PEM, for the client. */
  readonly caFile: string;
  readonly key: string;
  readonly certificate: string;
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function makeCertificate(folder: string): TestCertificate {
  const at = (name: string): string => join(folder, name);
  openssl(['req', '-x509', ...CURVE, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '1', '-subj', '/CN=tcx stand-in CA']);
  return { caFile: at('ca.pem'), ...signCertificate(folder, 'DNS:localhost,IP:127.0.0.1,IP:::1', 1) };
}

/** Another one of the authority in the folder; below 0 `days`: it has expired. */
export function signCertificate(folder: string, names: string, days: number): Omit<TestCertificate, 'caFile'> {
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('server.ext'), `subjectAltName=${names}\nbasicConstraints=critical,CA:FALSE\n`);
  openssl(['req', ...CURVE, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=localhost']);
  openssl(['x509', '-req', '-in', at('server.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-set_serial', '1', '-days', String(days),
    '-out', at('server.pem'), '-extfile', at('server.ext')]);
  return { key: readFileSync(at('server.key'), 'utf8'), certificate: readFileSync(at('server.pem'), 'utf8') };
}

function openssl(options: readonly string[]): void {
  execFileSync('openssl', options, { stdio: ['ignore', 'ignore', 'pipe'] });
}
