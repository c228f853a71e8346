// Judges a Hello: who may become which Venue's link, and what the refusal says. Checks in the order of what a person has to
// fix first. The token is compared in constant time and never echoed.

import { createHash, timingSafeEqual } from 'node:crypto';
import { SCHEMA_HASH } from '../event/kinds.ts';
import { encodeLinkMessage, LINK_PROTOCOL_VERSION, MessageType, RefusalCode } from '../event/link-message.ts';
import type { CurrencyEntry, Hello, InstrumentEntry, LinkMessage } from '../event/link-message.ts';
import { TOKEN_LENGTH_MAX } from './link-limits.ts';

export interface HelloVerdict {
  /** ≥ 0: accepted as this Venue's link. */
  readonly venue: number;
  readonly gatewayBuild: string;
  readonly welcome: Uint8Array;
  readonly code: RefusalCode;
  readonly message: string;
}

export interface HelloConfig {
  readonly sessionId: string;
  readonly sessionOrdinal: number;
  readonly token: string;
  readonly heartbeatMs: number;
  /** Ids of the Venues, by index. */
  readonly venues: readonly string[];
  /** By index, with the Venue each belongs to. */
  readonly instruments: readonly (InstrumentEntry & { readonly venue: number })[];
  readonly currencies: readonly CurrencyEntry[];
}

export class HelloJudge {
  private readonly config: HelloConfig;
  private readonly tokenDigest: Buffer;
  private readonly welcomes: readonly Uint8Array[];

  constructor(config: HelloConfig) {
    if (config.token.length === 0) throw new Error('the link token is empty; every gateway would be let in');
    this.config = config;
    this.tokenDigest = digest(config.token);
    this.welcomes = config.venues.map((_id, venue) => welcome(config, venue));
  }

  /** `ready`: the daemon takes links; `isLinked(venue)`: that Venue has a live link. */
  judge(message: LinkMessage, ready: boolean, isLinked: (venue: number) => boolean): HelloVerdict {
    if (message.type !== MessageType.Hello) {
      return refusal(RefusalCode.BadHello, `found ${MessageType[message.type]}, expected Hello`);
    }
    if (message.protocolVersion !== LINK_PROTOCOL_VERSION) {
      const versions = `found link protocol ${message.protocolVersion}, expected ${LINK_PROTOCOL_VERSION}`;
      return refusal(RefusalCode.ProtocolVersion, `${versions}; use a gateway of the same release`);
    }
    if (message.schemaHash !== SCHEMA_HASH) {
      const hashes = `found schema hash ${shown(message.schemaHash)}, expected ${SCHEMA_HASH}`;
      return refusal(RefusalCode.SchemaHash, `${hashes}; use a gateway of the same release`);
    }
    if (!this.tokenMatches(message)) {
      return refusal(RefusalCode.Token, 'the token is not the one of this daemon; give the gateway the same token file');
    }
    const venue = this.config.venues.indexOf(message.venue);
    if (venue < 0) {
      const known = this.config.venues.join(', ');
      return refusal(RefusalCode.UnknownVenue, `found venue ${shown(message.venue)}, expected one of: ${known}`);
    }
    if (!ready) return refusal(RefusalCode.NotReady, 'the daemon takes no links at the moment; dial again');
    if (isLinked(venue)) {
      return refusal(RefusalCode.AlreadyLinked, `${message.venue} is linked already; one gateway per Venue`);
    }
    return {
      venue, gatewayBuild: message.gatewayBuild, welcome: this.welcomes[venue], code: RefusalCode.None, message: '',
    };
  }

  private tokenMatches(hello: Hello): boolean {
    const candidate = digest(hello.token.slice(0, TOKEN_LENGTH_MAX));
    return timingSafeEqual(candidate, this.tokenDigest) && hello.token.length <= TOKEN_LENGTH_MAX;
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

function refusal(code: RefusalCode, message: string): HelloVerdict {
  return { venue: -1, gatewayBuild: '', welcome: new Uint8Array(0), code, message };
}

/** What a stranger sent, short and on one line. */
function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function welcome(config: HelloConfig, venue: number): Uint8Array {
  return encodeLinkMessage({
    type: MessageType.Welcome, sessionId: config.sessionId, sessionOrdinal: config.sessionOrdinal, venue,
    heartbeatMs: config.heartbeatMs, instruments: config.instruments.filter((entry) => entry.venue === venue),
    currencies: config.currencies,
  });
}
