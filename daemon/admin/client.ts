// The other end of the admin socket, for tcxctl: one HTTP request, its JSON answer or a stream of lines. Knows nothing
// of what the answers mean.

import { statSync } from 'node:fs';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { AdminProblem } from './admin-error.ts';

export interface ClientAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** Nobody answers on the socket, or it is not ours to use. */
export class NoDaemonError extends Error {}

const ANSWER_TIMEOUT_MS = 150_000;

export interface ClientRequestOptions {
  readonly socketPath: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** Sent as X-Actor. */
  readonly note?: string;
}

export async function ask(options: ClientRequestOptions): Promise<ClientAnswer> {
  const response = await open(options);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  try {
    return { status: response.statusCode ?? 0, json: JSON.parse(text) };
  } catch {
    throw new Error(
      `${options.socketPath} answered ${JSON.stringify(text.slice(0, 80))}, expected JSON; is it a tcxd?`,
    );
  }
}

/** The chunks of an endless answer, as they come. A refusal is returned instead of thrown. */
export async function* follow(
  options: ClientRequestOptions,
  stop: AbortSignal,
): AsyncGenerator<string, ClientAnswer | null> {
  const response = await open(options);
  const end = () => void response.destroy();
  stop.addEventListener('abort', end, { once: true });
  response.setEncoding('utf8');
  let text = '';
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      if (response.statusCode === 200) yield chunk;
      else text += chunk;
    }
  } catch (error) {
    if (!stop.aborted)
      throw new Error('the stream was cut by the daemon: it ended, or this client was too slow', { cause: error });
  } finally {
    stop.removeEventListener('abort', end);
  }
  return response.statusCode === 200 ? null : { status: response.statusCode ?? 0, json: JSON.parse(text) };
}

function open({ socketPath, method, path, body, note }: ClientRequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string | number> =
      body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    if (note !== undefined) headers['x-actor'] = note;
    const request = httpRequest({ socketPath, method, path, headers, agent: false }, (response) => {
      // A stream may be silent for as long as nothing happens; only the head has to come in time.
      request.setTimeout(0);
      resolve(response);
    });
    request.setTimeout(ANSWER_TIMEOUT_MS, () =>
      request.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`)),
    );
    request.on('error', (error: NodeJS.ErrnoException) => reject(explain(error, socketPath)));
    request.end(body);
  });
}

function explain(error: NodeJS.ErrnoException, socketPath: string): Error {
  if (error.code === 'ENOENT') {
    return new NoDaemonError(
      `no daemon: found no socket at ${socketPath}; start tcxd, or name its admin.socket with --socket or ` +
        'TCX_SOCKET',
    );
  }
  if (error.code === 'ECONNREFUSED' && statSync(socketPath, { throwIfNoEntry: false })?.isSocket() === false) {
    return new NoDaemonError(
      `no daemon: ${socketPath} is not a socket; name the admin.socket of a tcxd with --socket or TCX_SOCKET`,
    );
  }
  if (error.code === 'ECONNREFUSED') {
    return new NoDaemonError(
      `no daemon: nobody answers on ${socketPath}, the daemon that made it has ended; start tcxd`,
    );
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new NoDaemonError(
      `not allowed: ${socketPath} is for its owner and group (see admin.mode and admin.group); join that ` +
        'group or run as its owner',
    );
  }
  return new Error(`${socketPath}: ${error.message}`);
}

/** The problem in a refused answer, if it has the shape of one. */
export function problemOf(json: unknown): AdminProblem | null {
  const { error } = (json ?? {}) as { error?: AdminProblem };
  return typeof error === 'object' && error !== null && typeof error.what === 'string' ? error : null;
}
