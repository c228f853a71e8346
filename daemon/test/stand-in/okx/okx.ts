// The OKX stand-in: public market data. Order entry is not part of it.

import type { Connection } from '../connection.ts';
import type { HttpCall, HttpReply } from '../server.ts';
import type { VenueProtocol, World } from '../world.ts';

export class OkxStandIn implements VenueProtocol {
  readonly paths = { public: 'wss:/ws/v5/public', http: 'https:' };
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  kindOf(url: URL): string | null {
    return url.pathname === '/ws/v5/public' ? 'public' : null;
  }

  onOpen(connection: Connection): void { connection.ping(); }
  onText(connection: Connection, text: string): void { connection.send('answer', text === 'ping' ? 'pong' : '{}'); }
  onClose(): void { this.world.tell(); }
  onHttp(_call: HttpCall, reply: (reply: HttpReply) => void): void { reply({ status: 404, body: '{}' }); }
  tell(): void { return undefined; }
  publish(): void { return undefined; }
  heartbeat(): void { return undefined; }
  statusChanged(): void { return undefined; }
  balanceMoved(): void { return undefined; }
  expireSessions(): void { return undefined; }
  advance(): void { return undefined; }
  close(): void { return undefined; }
}
