// What a Venue should never send: bytes of no protocol, its own messages cut, grown and altered, JSON that is none or too much
// of it, and HTTP answers of every wrong kind. Seeded; knows the two Venues' shapes, sends nothing.

import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Prng } from '../../base/prng.ts';

export interface Garbage { readonly content: string | Uint8Array; readonly isBinary?: boolean }

/** Of no Venue in particular. */
export function* anyGarbage(random: Prng, count: number): Generator<Garbage> {
  yield* [
    '', ' ', '\0', '{', '}', '[]', '{}', 'null', 'true', '0', '-', '1e999', '""', '"', '[[', 'not found', '<html></html>', '{"":""}',
    '{"a":1,}', '{"a":1}{"a":1}', '\ufeff{}', `{"a":"${'\\'}"}`, '{"channel":null}', '{"channel":{}}', '{"e":{}}', '{"stream":7,"data":7}',
  ].map((content) => ({ content }));
  yield { content: '['.repeat(100_000) };
  yield { content: `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}` };
  yield { content: `{"channel":"${'x'.repeat(100_000)}","data":[]}` };
  yield { content: Buffer.from('{"channel":"\xff\xfe\x80","data":["\xc3"]}', 'latin1') };
  for (let i = 0; i < count; i += 1) {
    yield { content: Uint8Array.from({ length: random.below(400) }, () => random.below(256)), isBinary: random.below(2) === 0 };
  }
}

/** A real message, cut at every place, and with values that no message has. */
export function* alteredMessage(random: Prng, message: string, count: number): Generator<Garbage> {
  for (let i = 0; i < count; i += 1) yield { content: message.slice(0, random.below(message.length)) };
  for (const value of ['-1', '1e999', '1e-999', '9'.repeat(400), '-0.00', '0x10', '1.2.3', 'null', '"NaN"', '[]', '{}', '""', 'true']) {
    yield { content: message.replace(/(?<=[:[,])-?\d+(\.\d+)?/, value) };
    yield { content: message.replace(/(?<=:)"[^"]*"/g, value) };
    yield { content: message.replaceAll(/(?<=[:[,])-?\d+(\.\d+)?/g, value) };
  }
  yield { content: message.replace('{', '{"never_heard_of":{"a":[1,2,{"b":null}]},') };
  yield { content: message.replace(/"([a-z]+)":/, '"$1":"first","$1":') };
  yield { content: message.replaceAll(/BTC/g, 'XYZ') };
  yield { content: `${message}${message}` };
  yield { content: Buffer.from(message), isBinary: true };
  yield { content: message.replaceAll(/"([A-Za-z_]+)"(?!:)/g, '"novel_$1"') };
}

/** Any bit of it may be another. */
export function* mutatedMessage(random: Prng, message: string, count: number): Generator<Garbage> {
  for (let i = 0; i < count; i += 1) {
    const bytes = Buffer.from(message);
    for (let flips = 1 + random.below(4); flips > 0; flips -= 1) bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    yield { content: bytes };
  }
}

const BODY_OVERSIZE = 17 << 20;

/** Answers to any call. Some never end by themselves. */
export const WRONG_ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'a page': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Just a moment…</body></html>'),
  nothing: (response) => response.writeHead(200).end(),
  'no content': (response) => response.writeHead(204).end(),
  'another shape': (response) => response.writeHead(200).end('{"lastUpdateId":"x","bids":{},"asks":7,"error":{},"result":[]}'),
  'compressed, unasked': (response) => (
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(BODY_OVERSIZE)))),
  oversize: (response) => {
    response.on('error', () => undefined);
    response.writeHead(200).end(Buffer.alloc(BODY_OVERSIZE, 0x20));
  },
  elsewhere: (response) => response.writeHead(302, { location: 'https://localhost:1/' }).end(),
  'itself again': (response) => response.writeHead(301, { location: '/' }).end(),
  'server error': (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>'),
  'unauthorised page': (response) => response.writeHead(401).end('{"error":'),
  'no HTTP': (response) => response.socket?.end('\0\x01\x02 not HTTP\r\n\r\n'),
  'more than promised': (response) => response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}{}{}'),
  'two lengths': (response) => response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 3\r\n\r\n{}'),
  'huge headers': (response) => response.socket?.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n{}`),
  'a cut': (response) => response.writeHead(200, { 'content-length': 1000 }).write('{"lastUpdateId":', () => response.destroy()),
  'drop by drop': (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(' '), 50);
    response.on('close', () => clearInterval(timer));
  },
};
