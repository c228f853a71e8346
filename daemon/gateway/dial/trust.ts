// Whose certificates a Venue's servers may show: the usual authorities and those the operator adds, for a stand-in or a
// proxy of the house. Read once; never a way to switch verification off.

import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

/** Options for a TLS connection. Empty: what Node trusts by itself, NODE_EXTRA_CA_CERTS included. */
export interface Trust {
  readonly secureContext?: SecureContext;
}

/** Throws an Error that says why it cannot be used. */
export function trustIn(pem: string): Trust {
  if (!/-----BEGIN CERTIFICATE-----/.test(pem)) throw new Error('found no certificate in it');
  return { secureContext: createSecureContext({ ca: [...rootCertificates, pem] }) };
}
