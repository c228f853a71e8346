// Whether an address can be reached from this host alone: what a token on a plain connection may be sent over.

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
