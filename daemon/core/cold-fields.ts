// Reads the texts of cold Control Events from their bytes. Once or twice per session; the hot path reads numbers only.

import { assert } from '../base/assert.ts';
import { decodeEvent } from '../event/decode.ts';
import { Kind } from '../event/kinds.ts';
import type { CoreConfig } from './config.ts';
import type { ColdFields } from './state/derive.ts';

/** `body`: bytes of the current input Event; `resolve`: effective Configuration (canonical JSON) → what the Core reads. */
export function coldFields(body: () => Uint8Array, resolve: (configuration: string) => CoreConfig): ColdFields {
  return {
    sessionStarted() {
      const event = decoded(body());
      assert(event.kind === Kind.SessionStarted, 'Invariant: the current Event is SessionStarted');
      const { epoch, carried, configurationHash } = event.fields;
      return { epoch: BigInt(epoch), carried, configurationHash };
    },
    configurationChanged() {
      const event = decoded(body());
      assert(event.kind === Kind.ConfigurationChanged, 'Invariant: the current Event is ConfigurationChanged');
      const { configuration, configurationHash } = event.fields;
      return { configuration: resolve(configuration), configurationHash };
    },
  };
}

function decoded(bytes: Uint8Array) {
  const result = decodeEvent(bytes);
  assert(result.ok, 'Invariant: an Event in the stream was verified before it entered');
  return result.value;
}
