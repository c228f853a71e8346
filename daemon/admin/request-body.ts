// Reads what a client sends: a bounded body, a JSON object with known keys, a query string with known keys. Trusts
// nothing: size, encoding, type and content are checked before anyone else sees a value.

import type { IncomingMessage } from 'node:http';
import { AdminError, badRequest, shown } from './admin-error.ts';

const REASON_LENGTH_MAX = 500;

/** The whole body as text; refuses with 413 as soon as it is known to be longer than `sizeMax` bytes. */
export function readBody(request: IncomingMessage, sizeMax: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > sizeMax) {
      reject(tooLarge(declared, sizeMax));
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= sizeMax) {
        chunks.push(chunk);
        return;
      }
      // What follows is read and forgotten until the request timeout: closing now would take the answer away with it.
      reject(tooLarge(size, sizeMax));
    });
    request.on('end', () => {
      try {
        resolve(decodeUtf8(Buffer.concat(chunks)));
      } catch (error) {
        reject(error as AdminError);
      }
    });
    request.on('close', () =>
      reject(
        badRequest('body_cut', 'the request body ended early', `${size} bytes`, 'the whole body', 'send it again'),
      ),
    );
  });
}

function tooLarge(size: number, sizeMax: number): AdminError {
  return new AdminError(413, {
    code: 'body_too_large',
    what: 'the request body is too large',
    found: `${size} bytes or more`,
    expected: `at most ${sizeMax} bytes`,
    action: 'send a smaller body',
  });
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badRequest(
      'body_encoding',
      'the request body is not text',
      `${bytes.length} bytes`,
      'UTF-8',
      'encode the body as UTF-8',
    );
  }
}

/** A JSON object whose keys are all in `known` and whose values are all strings. An empty body is an empty object. */
export function parseTextFields(body: string, known: readonly string[]): Map<string, string> {
  if (body.trim() === '') return new Map();
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw badRequest(
      'body_not_json',
      'the request body is not JSON',
      shown(body),
      'a JSON object such as {"reason":"…"}',
      error instanceof Error ? `correct it (${error.message.slice(0, 80)})` : 'correct it',
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest(
      'body_not_object',
      'the request body is not a JSON object',
      shown(body),
      'a JSON object such as {"reason":"…"}',
      'wrap the values in an object',
    );
  }
  return checkedFields(Object.entries(value), known, 'body');
}

export function parseQuery(search: string, known: readonly string[]): Map<string, string> {
  return checkedFields([...new URLSearchParams(search)], known, 'query');
}

function checkedFields(entries: readonly (readonly [string, unknown])[], known: readonly string[], where: string) {
  const fields = new Map<string, string>();
  for (const [key, value] of entries) {
    if (!known.includes(key)) {
      throw badRequest(
        'unknown_key',
        `unknown key in the ${where}`,
        shown(key),
        known.length === 0 ? `no keys in the ${where}` : `one of: ${known.join(', ')}`,
        'remove or correct it',
      );
    }
    if (typeof value !== 'string') {
      throw badRequest(
        'wrong_type',
        `wrong type of ${where} key ${key}`,
        JSON.stringify(value)?.slice(0, 80) ?? 'nothing',
        'a string',
        'quote it',
      );
    }
    if (fields.has(key)) {
      throw badRequest('duplicate_key', `key given twice in the ${where}`, shown(key), 'each key once', 'remove one');
    }
    fields.set(key, value);
  }
  return fields;
}

/** The reason every command must carry: it is recorded in the Event and read years later. */
export function requiredReason(fields: Map<string, string>, query: Map<string, string>): string {
  const inBody = fields.get('reason');
  const inQuery = query.get('reason');
  if (inBody !== undefined && inQuery !== undefined) {
    throw badRequest('duplicate_key', 'reason given in the body and in the query', 'both', 'one of them', 'remove one');
  }
  const reason = (inBody ?? inQuery ?? '').trim();
  if (reason === '') {
    throw badRequest(
      'reason_required',
      'a command needs a reason',
      'none',
      'a non-empty "reason": it is recorded with the ' + 'command',
      'add {"reason":"…"} or ?reason=…',
    );
  }
  if (reason.length > REASON_LENGTH_MAX || /\p{Cc}/u.test(reason)) {
    throw badRequest(
      'reason_invalid',
      'the reason cannot be recorded',
      `${reason.length} characters: ${shown(reason)}`,
      `at most ${REASON_LENGTH_MAX} characters on one line`,
      'shorten it',
    );
  }
  return reason;
}
