// The gateway's own log: one pino JSON line per occurrence on standard output, written before the call returns: the
// last line of a gateway is the one that explains its end. Every text passes the redactor before it becomes part of a line,
// where its quotes and backslashes are escaped once more, and every line does on its way out.

import pino from 'pino';
import type { GatewayLog, LogFacts } from './gateway-log.ts';
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
  const clean = (facts: LogFacts = {}): LogFacts => Object.fromEntries(Object.entries(facts).map(([name, value]) => (
    [name, typeof value === 'string' ? redactor.text(value) : value])));
  return {
    info: (message, facts) => logger.info(clean(facts), redactor.text(message)),
    warn: (message, facts) => logger.warn(clean(facts), redactor.text(message)),
    error: (message, facts) => logger.error(clean(facts), redactor.text(message)),
  };
}
