// The ways in which Node.js itself would tell what this process knows: a debugger that opens at a signal, for anybody on
// this machine, and the message of an error that nobody caught. Closed from the first moment on; owns nothing else.

import { stackOf } from '../base/thrown.ts';
import type { Redactor } from './redaction.ts';

const EXIT_FAILED = 1;

/** Returns how to lift it. */
export function guardProcess(redactor: Redactor): () => void {
  // Without a listener Node.js answers this signal by opening its debugger on a port.
  const ignore = (): void => undefined;
  const fail = (error: unknown): void => {
    const told = stackOf(error);
    process.stderr.write(redactor.text(`tcx-gateway: a defect: ${told}\n`));
    process.exit(EXIT_FAILED);
  };
  process.on('SIGUSR1', ignore);
  process.on('uncaughtException', fail);
  return () => {
    process.off('SIGUSR1', ignore);
    process.off('uncaughtException', fail);
  };
}
