// GET /events: the journal as it is written, one line per Event. Each client has a worker that reads for it; this side
// passes chunks on as the client takes them, and drops a client that does not. On the loop it costs one write per
// chunk.

import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { AdminError, badRequest, shown } from './admin-error.ts';
import type { FromStreamWorker, StreamFormat, StreamStart } from './event-stream-protocol.ts';
import { integerOf } from './routes.ts';
import type { EventStreams } from './server.ts';

export interface EventStreamOptions {
  /** Path of the journal being written, and the position of its last record. */
  readonly journal: () => { readonly path: string; readonly position: number };
  readonly streamsMax?: number;
  /** A client that takes nothing for so long is dropped. */
  readonly stallTimeoutMs?: number;
  /** Told when a client was dropped; must not throw. */
  readonly onDropped?: () => void;
  readonly pollIntervalMs?: number;
  readonly chunkCharacters?: number;
  readonly workerPath?: string;
}

const STREAMS_MAX = 4;
const STALL_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 50;
const CHUNK_CHARACTERS = 32 * 1024;

export function createEventStreams(options: EventStreamOptions): EventStreams {
  const live = new Set<Stream>();
  return {
    open: (query, response) => {
      const streamsMax = options.streamsMax ?? STREAMS_MAX;
      if (live.size >= streamsMax) {
        throw new AdminError(503, {
          code: 'too_many_streams',
          what: 'too many event streams',
          found: `${live.size} open`,
          expected: `fewer than ${streamsMax}`,
          action: 'close one, or read the journal file itself',
        });
      }
      const { path, position } = options.journal();
      const start: StreamStart = {
        journalPath: path,
        from: integerOf(query, 'from', 1, Number.MAX_SAFE_INTEGER, position + 1),
        format: formatOf(query),
        pollIntervalMs: options.pollIntervalMs ?? POLL_INTERVAL_MS,
        chunkCharacters: options.chunkCharacters ?? CHUNK_CHARACTERS,
      };
      const stream = new Stream(start, response, options, () => void live.delete(stream));
      live.add(stream);
    },
    close: async () => void (await Promise.all([...live].map((stream) => stream.end()))),
  };
}

function formatOf(query: ReadonlyMap<string, string>): StreamFormat {
  const format = query.get('format') ?? 'text';
  if (format === 'text' || format === 'json') return format;
  throw badRequest('wrong_type', 'wrong value of query key format', shown(format), 'text or json', 'correct it');
}

class Stream {
  readonly #response: ServerResponse;
  readonly #worker: Worker;
  readonly #stallTimeoutMs: number;
  readonly #onDropped: () => void;
  #stall: NodeJS.Timeout | null = null;

  constructor(start: StreamStart, response: ServerResponse, options: EventStreamOptions, onEnd: () => void) {
    this.#response = response;
    this.#onDropped = options.onDropped ?? (() => undefined);
    this.#stallTimeoutMs = options.stallTimeoutMs ?? STALL_TIMEOUT_MS;
    this.#worker = new Worker(options.workerPath ?? builtWorkerPath(), { workerData: start, name: 'tcx-events' });
    this.#worker.on('message', (message: FromStreamWorker) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(error.message));
    this.#worker.once('exit', () => {
      onEnd();
      this.#fail('the reader ended');
    });
    response.once('close', () => {
      this.#clearStall();
      void this.#worker.terminate();
    });
    response.on('drain', () => {
      this.#clearStall();
      this.#worker.postMessage('more');
    });
  }

  /** Ends stream and worker. */
  async end(): Promise<void> {
    this.#response.end();
    await this.#worker.terminate();
  }

  #receive(message: FromStreamWorker): void {
    if (this.#response.destroyed) return;
    if (message.type === 'open') {
      this.#response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
      this.#response.flushHeaders();
    } else if (message.type === 'ended') {
      this.#fail(message.message);
    } else if (this.#response.write(message.text)) {
      this.#worker.postMessage('more');
    } else {
      this.#stall = setTimeout(() => this.#drop(), this.#stallTimeoutMs).unref();
    }
  }

  /** Says why when the head has not left yet; afterwards only a cut says that the stream is not complete. */
  #fail(message: string): void {
    this.#clearStall();
    if (this.#response.headersSent) {
      this.#response.destroy();
      return;
    }
    const problem = {
      code: 'journal_unreadable',
      what: 'the journal cannot be streamed',
      found: message,
      expected: 'a readable journal',
      action: 'see the log and GET /status',
    };
    this.#response.writeHead(500, { 'content-type': 'application/json; charset=utf-8' });
    this.#response.end(`${JSON.stringify({ error: problem })}\n`);
  }

  #drop(): void {
    this.#response.destroy();
    this.#onDropped();
  }

  #clearStall(): void {
    if (this.#stall !== null) clearTimeout(this.#stall);
    this.#stall = null;
  }
}

/** The worker's compiled file: beside this one in dist; a test that runs the source uses the build's. */
function builtWorkerPath(): string {
  const here = fileURLToPath(import.meta.url);
  const built = here.endsWith('.ts') ? '../../dist/daemon/admin/event-stream-worker.js' : './event-stream-worker.js';
  return fileURLToPath(new URL(built, import.meta.url));
}
