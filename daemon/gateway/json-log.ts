// The gateway's own log: one pino JSON line per occurrence on standard output, written before the call returns: the
// last line of a gateway is the one that explains its end. Every line passes the redactor on its way out.

import pino from 'pino';
import type { GatewayLog } from './gateway-log.ts';
import type { Redactor } from './redaction.ts';

export function createJsonLog(gateway: string, level: string, redactor: Redactor): GatewayLog {
  const destination = pino.destination({ fd: 1, sync: true });
  // A parent that died took the other end of the pipe with it; there is nobody left to tell.
  destination.on('error', () => undefined);
  const logger = pino({
    level, base: { gateway },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  }, { write: (line) => { destination.write(redactor.text(line)); } });
  return {
    info: (message, facts) => logger.info(facts ?? {}, message),
    warn: (message, facts) => logger.warn(facts ?? {}, message),
    error: (message, facts) => logger.error(facts ?? {}, message),
  };
}
