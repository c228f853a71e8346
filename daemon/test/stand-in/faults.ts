// What is to go wrong, and when: rules that strike the nth request of a method or the nth message of a channel. Decides only;
// what a fault does is done where it strikes.

const REQUEST_FAULTS = [
  /** Never reaches the Venue. */
  'loseRequest',
  /** Takes effect; the answer never comes. */
  'loseAnswer',
  /** Takes effect at once; the answer comes `milliseconds` later, what it caused before it. */
  'slowAnswer',
  /** Reaches the Venue `milliseconds` later. */
  'slowRequest',
  /** Answered with `status`, `code` and `message`; takes effect all the same when `effect`. */
  'error',
  /** What it caused is told before the answer. */
  'eventsFirst',
  /** The connection breaks before, or after the request took effect and before its answer. */
  'disconnectBefore', 'disconnectAfter',
] as const;
export type RequestFault = (typeof REQUEST_FAULTS)[number];

const MESSAGE_FAULTS = [
  'drop', 'duplicate',
  /** Sent `milliseconds` later; later messages pass it. */
  'delay',
  /** Sent after the next message of the connection. */
  'reorder',
  'badChecksum',
  /** The message before it is sent again in its place: an old sequence number, the new one never seen. */
  'stale',
  'unknownField',
  /** Cut in the middle, as text; the frame itself is whole. */
  'truncate',
  /** Half of the frame's bytes, then the connection breaks. */
  'midFrame',
] as const;
export type MessageFault = (typeof MESSAGE_FAULTS)[number];

export interface FaultRule {
  readonly fault: RequestFault | MessageFault;
  /** Method of a request ('add_order', 'GET /api/v3/depth') or channel of a message ('book', 'executions'); '*': any. */
  readonly on: string;
  /** Kind of connection; left out: any. */
  readonly connection?: string;
  /** Occurrences that pass first. */
  readonly skip?: number;
  /** Occurrences struck after that; default 1. */
  readonly count?: number;
  readonly milliseconds?: number;
  readonly status?: number;
  readonly code?: number;
  readonly message?: string;
  readonly effect?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StruckFault {
  readonly fault: RequestFault | MessageFault;
  readonly on: string;
  readonly connection: string;
}

interface ArmedRule {
  readonly rule: FaultRule;
  seen: number;
}

export class FaultPlan {
  /** What happened, for the audit. */
  readonly struck: StruckFault[] = [];
  private rules: ArmedRule[] = [];

  arm(rule: FaultRule): void {
    const known: readonly string[] = [...REQUEST_FAULTS, ...MESSAGE_FAULTS];
    if (!known.includes(rule.fault)) {
      throw new RangeError(`stand-in: found fault ${JSON.stringify(rule.fault)}, expected one of ${known.join(', ')}`);
    }
    this.rules.push({ rule, seen: 0 });
  }

  clear(): void {
    this.rules = [];
  }

  atRequest(connection: string, method: string): readonly FaultRule[] {
    return this.at(REQUEST_FAULTS, connection, method);
  }

  atMessage(connection: string, channel: string): readonly FaultRule[] {
    return this.at(MESSAGE_FAULTS, connection, channel);
  }

  private at(faults: readonly string[], connection: string, on: string): readonly FaultRule[] {
    const striking: FaultRule[] = [];
    for (const armed of this.rules) {
      const { rule } = armed;
      const meant = faults.includes(rule.fault) && (rule.on === '*' || rule.on === on)
        && (rule.connection === undefined || rule.connection === connection);
      if (!meant) continue;
      armed.seen += 1;
      if (armed.seen > (rule.skip ?? 0)) striking.push(rule);
    }
    this.rules = this.rules.filter(({ rule, seen }) => seen < (rule.skip ?? 0) + (rule.count ?? 1));
    for (const { fault } of striking) this.struck.push({ fault, on, connection });
    return striking;
  }
}
