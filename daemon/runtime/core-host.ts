// Puts a Core together with the native memory, books and sink it runs on: the same for a live session, a recovery, a replay
// and a fold. Owns no loop.

import type { Addon, NativeBooks, NativeEvent } from '../binding/addon.ts';
import { coldFields } from '../core/cold-fields.ts';
import type { CoreConfig } from '../core/config.ts';
import { Core } from '../core/core.ts';
import type { SinkPort } from '../core/outcomes.ts';
import type { AnyStrategy } from '../core/strategy/strategy.ts';
import { decodeEvent } from '../event/decode.ts';
import type { EventValue, FieldsByKind } from '../event/event-fields.ts';
import { Kind } from '../event/kinds.ts';

/** From the canonical JSON a journal records to what the Core reads: daemon/configuration's resolveRecorded. */
export type DecodeConfiguration = (json: string) => CoreConfig;

interface CoreHost {
  readonly core: Core;
  readonly event: NativeEvent;
  readonly books: NativeBooks;
}

interface CoreHostOptions {
  readonly addon: Addon;
  readonly event: NativeEvent;
  readonly config: CoreConfig;
  readonly strategies: readonly (AnyStrategy | null)[];
  readonly sink: SinkPort;
  readonly decodeConfiguration: DecodeConfiguration;
}

export function createCoreHost(options: CoreHostOptions): CoreHost {
  const { addon, event, config, strategies, sink, decodeConfiguration } = options;
  const books = addon.createBooks(event, config.instruments.length);
  const cold = coldFields(() => event.body(), decodeConfiguration);
  const core = new Core({ config, strategies, memory: event, books, sink, cold });
  return { core, event, books };
}

/** The current Event's fields, text included. Cold. */
export function fieldsOf<K extends keyof FieldsByKind>(event: NativeEvent, kind: K): FieldsByKind[K] {
  const decoded = decodeEvent(event.body());
  if (!decoded.ok) throw new Error(`Invariant: an Event in the stream can be decoded; ${decoded.error}`);
  const value: EventValue = decoded.value;
  if (value.kind !== kind) throw new Error(`Invariant: found ${value.name} where ${Kind[kind]} is current`);
  return value.fields as unknown as FieldsByKind[K];
}
