// OKX's book and trade channels: what a subscriber is sent first and then. From the engine's own market; books.ts's counterpart for
// recordings is recorded/okx.ts.

import { formatDecimal } from '../../../base/decimal.ts';
import { Side } from '../../../event/kinds.ts';
import { type BookPicture, changesOf, pictureOf } from '../book-levels.ts';
import type { EngineMarket } from '../engine.ts';
import { type Json, toJson } from '../json.ts';
import { okxChecksum } from '../recorded/okx.ts';
import type { StandInInstrument } from '../settings.ts';
import type { World } from '../world.ts';

const DEPTH = 400;
/** Milliseconds between two updates of a channel. */
const SPEEDS: Readonly<Record<string, number>> = { books: 100, 'books-l2-tbt': 10 };
/** A channel that long without a change says so. */
const QUIET_MS = 60_000;

interface Level { readonly price: string; readonly quantity: string }

interface Channel {
  readonly market: EngineMarket;
  readonly name: string;
  picture: BookPicture;
  sequence: number;
  /** Unix ms. */
  due: number;
  changedAt: number;
}

interface OkxUpdate {
  readonly channel: string;
  readonly instrument: string;
  readonly text: string;
}

export class OkxBooks {
  private readonly world: World;
  private readonly channels: readonly Channel[];

  constructor(world: World) {
    this.world = world;
    this.channels = [...world.engine.markets.values()].flatMap((market) => Object.keys(SPEEDS).map((name) => ({
      market, name, picture: pictureOf(market.market.book, DEPTH), sequence: 1_000_000, due: 0, changedAt: world.clock.unixMs(),
    })));
  }

  snapshot(name: string, instrument: string): string | null {
    const channel = this.channels.find((each) => each.name === name && each.market.definition.symbol === instrument);
    return channel === undefined ? null : this.message(channel, 'snapshot', channel.picture, -1);
  }

  publish(): OkxUpdate[] {
    const now = this.world.clock.unixMs();
    const updates: OkxUpdate[] = [];
    for (const channel of this.channels) {
      if (now < channel.due) continue;
      channel.due = now + SPEEDS[channel.name];
      const after = pictureOf(channel.market.market.book, DEPTH);
      const changes = changesOf(channel.picture, after);
      const isChanged = changes.bids.length + changes.asks.length > 0;
      if (!isChanged && now - channel.changedAt < QUIET_MS) continue;
      const before = channel.sequence;
      channel.picture = after;
      channel.changedAt = now;
      // Numbers need not be consecutive; equal ones say that nothing changed.
      if (isChanged) channel.sequence += 1 + (channel.sequence % 3);
      const { symbol } = channel.market.definition;
      updates.push({ channel: channel.name, instrument: symbol, text: this.message(channel, 'update', changes, before) });
    }
    return updates;
  }

  trades(): OkxUpdate[] {
    return [...this.world.engine.markets.values()].flatMap((market) => {
      const { prints, definition } = market;
      market.prints = [];
      return prints.map((print) => ({
        channel: 'trades', instrument: definition.symbol, text: toJson({
          arg: { channel: 'trades', instId: definition.symbol },
          data: [{
            instId: definition.symbol, tradeId: String(print.id), px: formatDecimal(Number(print.price), definition.priceDecimals),
            sz: formatDecimal(Number(print.quantity), definition.quantityDecimals), side: print.aggressor === Side.Buy ? 'buy' : 'sell',
            ts: String(BigInt(print.eventTime ?? 0) / 1_000_000n), count: '1', source: '0', seqId: Number(print.id),
          }],
        }),
      }));
    });
  }

  private message(channel: Channel, action: string, levels: BookPicture, previous: number): string {
    const { definition } = channel.market;
    const { picture, sequence, name } = channel;
    const entries = (pairs: readonly number[]): Json[] => levelsOf(pairs, definition).map(({ price, quantity }): Json => {
      return [price, quantity, '0', /[1-9]/.test(quantity) ? '1' : '0'];
    });
    const zero = this.world.settings.okxChecksum === 'zero';
    const checksum = zero ? 0 : okxChecksum(levelsOf(picture.bids, definition), levelsOf(picture.asks, definition));
    return toJson({
      arg: { channel: name, instId: definition.symbol }, action,
      data: [{
        asks: entries(levels.asks), bids: entries(levels.bids), ts: String(this.world.clock.unixMs()), checksum, prevSeqId: previous,
        seqId: sequence,
      }],
    });
  }
}

function levelsOf(pairs: readonly number[], { priceDecimals, quantityDecimals }: StandInInstrument): Level[] {
  const list: Level[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    list.push({ price: formatDecimal(pairs[i], priceDecimals), quantity: formatDecimal(pairs[i + 1], quantityDecimals) });
  }
  return list;
}
