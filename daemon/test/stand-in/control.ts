// The hand that makes things go wrong, as lines of JSON: what a process that started a stand-in writes to its standard input, and
// the one line each is answered with. The same calls as StandIn's own; nothing more.

import { messageOf } from '../../base/thrown.ts';
import type { Ending } from './connection.ts';
import type { FaultRule } from './faults.ts';
import type { StandIn } from './stand-in.ts';
import type { SystemStatus } from './world.ts';

type ControlCommand =
  | { readonly do: 'arm'; readonly rule: FaultRule }
  | { readonly do: 'disarm' }
  | { readonly do: 'disconnect'; readonly how?: Ending; readonly kind?: string; readonly code?: number }
  | { readonly do: 'silence'; readonly kind?: string }
  | { readonly do: 'refuseConnections'; readonly count: number }
  | { readonly do: 'ban'; readonly milliseconds: number }
  | { readonly do: 'say'; readonly text: string; readonly kind?: string }
  | { readonly do: 'clockSkew'; readonly milliseconds: number }
  | { readonly do: 'status'; readonly status: SystemStatus }
  | { readonly do: 'expireSessions' }
  | { readonly do: 'deposit'; readonly currency: string; readonly amount: string }
  | { readonly do: 'audit' }
  | { readonly do: 'requests' };

const COMMANDS: readonly ControlCommand['do'][] = [
  'arm', 'disarm', 'disconnect', 'silence', 'refuseConnections', 'ban', 'say', 'clockSkew', 'status', 'expireSessions', 'deposit',
  'audit', 'requests',
];

/** One line in, one line out. */
export function control(standIn: StandIn, line: string): string {
  try {
    const command = JSON.parse(line) as ControlCommand;
    if (!COMMANDS.includes(command.do)) {
      return answered({ error: `found do ${JSON.stringify(command.do)}, expected one of ${COMMANDS.join(', ')}` });
    }
    return answered({ done: command.do, result: obey(standIn, command) ?? null });
  } catch (error) {
    return answered({ error: `${messageOf(error)}; expected one JSON object a line` });
  }
}

function obey(standIn: StandIn, command: ControlCommand): unknown {
  switch (command.do) {
    case 'arm': standIn.arm(command.rule); return undefined;
    case 'disarm': standIn.world.plan.clear(); return undefined;
    case 'disconnect': return standIn.disconnect(command.how, command.kind, command.code);
    case 'silence': return standIn.silence(command.kind).length;
    case 'refuseConnections': standIn.refuseConnections(command.count); return undefined;
    case 'ban': standIn.ban(command.milliseconds); return undefined;
    case 'say': standIn.say(command.text, command.kind); return undefined;
    case 'clockSkew': standIn.setClockSkew(command.milliseconds); return undefined;
    case 'status': standIn.setStatus(command.status); return undefined;
    case 'expireSessions': standIn.expireSessions(); return undefined;
    case 'deposit': standIn.deposit(command.currency, command.amount); return undefined;
    case 'audit': return standIn.audit();
    case 'requests': return standIn.world.log.requests;
  }
}

function answered(value: object): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
}
