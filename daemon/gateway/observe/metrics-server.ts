// Serves /metrics of a gateway over node:http. Read only: there is no way to command anything. A client that is slow or
// wrong is cut off, and costs the gateway nothing but its own answer.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Gauge, Registry } from 'prom-client';
import { GATEWAY_METRICS, type GatewayFacts, type GatewayMetric } from './metric-table.ts';

const CONNECTIONS_MAX = 16;
const TIMEOUT_MS = 5_000;

export class MetricsServer {
  private readonly server: Server;
  private readonly registry: Registry;

  private constructor(registry: Registry) {
    this.registry = registry;
    this.server = createServer(
      { maxHeaderSize: 8 * 1024, headersTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
      (request, response) => void this.respond(request, response));
    this.server.maxConnections = CONNECTIONS_MAX;
    this.server.setTimeout(TIMEOUT_MS);
  }

  /** Rejects when the address is taken or is not ours. */
  static async listen(host: string, port: number, gateway: string, readFacts: () => GatewayFacts): Promise<MetricsServer> {
    const registry = new Registry();
    registry.setDefaultLabels({ gateway });
    const first = readFacts();
    // A part that this gateway does not have would be shown as 0.
    const shown = GATEWAY_METRICS.filter(({ labels, read }) => labels.length > 0 || read(first).length > 0);
    for (const metric of shown) register(registry, metric, readFacts);
    const server = new MetricsServer(registry);
    server.server.listen(port, host);
    await once(server.server, 'listening');
    // A scrape is no reason to stay.
    server.server.unref();
    return server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => response.destroy());
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else if (path !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('found another path, expected /metrics\n');
    } else {
      const text = await this.registry.metrics();
      response.writeHead(200, { 'content-type': this.registry.contentType }).end(request.method === 'HEAD' ? undefined : text);
    }
  }
}

function register(registry: Registry, metric: GatewayMetric, readFacts: () => GatewayFacts): void {
  const { name, help, labels, read } = metric;
  const samples = () => read(readFacts()).map(([label, value]) => [{ ...label }, Number.isFinite(value) ? value : 0] as const);
  const common = { name, help, labelNames: [...labels], registers: [registry] };
  if (metric.type === 'counter') {
    void new Counter({
      ...common,
      collect() {
        this.reset();
        for (const [label, value] of samples()) this.inc(label, value);
      },
    });
  } else {
    void new Gauge({
      ...common,
      collect() {
        this.reset();
        for (const [label, value] of samples()) this.set(label, value);
      },
    });
  }
}
