// What the gateway says about itself: one line per occurrence, with facts beside the words. Interface only; the entry
// writes the lines. Never carries a token or a raw frame beyond a short sample.

export type LogFacts = Readonly<Record<string, string | number | boolean>>;

export interface GatewayLog {
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
}

/** For tests and for callers that listen elsewhere. */
export const SILENT_LOG: GatewayLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
