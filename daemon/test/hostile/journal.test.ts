// Journals that are missing, foreign, cut, flipped, swapped or of other code, to `tcxd --replay` and to a start: the exit
// code, the position named, and the file untouched. That every single bit counts is tested in native/test.

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { addon } from '../../binding/addon.ts';
import { decodeEvent } from '../../event/decode.ts';
import { EventEncoder } from '../../event/encode.ts';
import type { SessionStartedFields } from '../../event/event-fields.ts';
import { Slot } from '../../event/generated/view_generated.ts';
import { Kind, SCHEMA_HASH, Source } from '../../event/kinds.ts';
import { packageRoot } from '../../runtime/build-info.ts';
import { Commands, entry, isBuilt, Workplace } from './processes.fixture.ts';
import type { ConfigurationText } from './processes.fixture.ts';
import { bytesOf, recordOffsets, recordSession } from './recorded-session.fixture.ts';

const FLIPS = 40;
const CUTS = 8;
/** Of `synced_offset` in the file header (schemas/journal.fbs). */
const SYNCED_OFFSET = 136;
const NEVER = /\n\s+at |\[object|node:internal/;

let commands: Commands;
let place: Workplace;
/** A session that ended, and one whose daemon was killed. */
let closed: Buffer;
let open: { config: string; journal: string; bytes: Buffer };

beforeAll(async () => {
  if (!isBuilt) return;
  commands = new Commands();
  place = new Workplace();
  const maker = (it: ConfigurationText): void => {
    it['strategies'] = [{
      id: 'maker', module: 'builtin:reference-maker', instruments: ['btc-usd'], cadence: { onTopPrice: true, onExecution: true },
    }];
  };
  closed = bytesOf((await recordSession(place, 'end', 60, maker)).journal);
  rmSync(place.dataDir, { recursive: true });
  const { config, journal } = await recordSession(place, 'kill', 60, maker);
  open = { config, journal, bytes: bytesOf(journal) };
});
afterAll(async () => {
  commands?.close();
  await place?.remove();
});

async function replayed(bytes: Buffer, ...more: string[]): Promise<{ code: number; text: string }> {
  const { code, out, err } = await commands.replay(place.write('damaged.bin', bytes), ...more);
  expect(err).not.toMatch(NEVER);
  return { code, text: out + err };
}

function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

describe.skipIf(!isBuilt)('replay of what is no journal ends with 2', () => {
  test.each<[string, () => string, RegExp]>([
    ['missing', () => place.path('none.bin'), /none\.bin: No such file/],
    ['a folder', () => place.folder, /not a regular file/],
    ['a device', () => '/dev/zero', /not a regular file/],
    ['empty', () => place.write('x', ''), /x: .*empty/i],
    ['seven bytes', () => place.write('x', 'TCXJRNL'), /TCXJRNL1/],
    ['text', () => place.write('x', 'hello\n'.repeat(2000)), /does not begin with TCXJRNL1/],
    ['only a header', () => place.write('x', closed.subarray(0, closed.readUInt32LE(12))),
      /the file has 4096 bytes, but \d+ were on disk/],
    ['another format version', () => place.write('x', changed(closed, (it) => it.writeUInt32LE(99, 8))), /format version 99.*1/],
    ['a damaged header', () => place.write('x', changed(closed, (it) => { it[60]! ^= 4; })), /header/],
  ])('%s', async (_what, path, message) => {
    const { code, out, err } = await commands.replay(path());
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).not.toMatch(NEVER);
  });

  test('unreadable for this user', async () => {
    const path = place.write('secret.bin', closed);
    chmodSync(place.folder, 0o755);
    chmodSync(path, 0o000);
    // Root reads everything but for these two capabilities; the checkout itself may be closed to every other user.
    const overrides = '-dac_override,-dac_read_search';
    const unprivileged = ['setpriv', `--inh-caps=${overrides}`, `--bounding-set=${overrides}`];
    const [command, ...argv] = [
      ...(process.getuid?.() === 0 ? unprivileged : []), process.execPath, join(packageRoot(), 'dist/daemon/tcxd.js'), '--replay', path,
    ];
    const { status, stdout, stderr } = spawnSync(command!, argv, { encoding: 'utf8' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/secret\.bin: Permission denied/);
  });

  test('an output that exists is left as it is', async () => {
    const output = place.write('out.bin', 'precious');
    const { code, text } = await replayed(closed, '--output', output);
    expect(code).toBe(2);
    expect(text).toMatch(/out\.bin: found something there, expected a new file/);
    expect(bytesOf(output).toString()).toBe('precious');
  });
});

describe.skipIf(!isBuilt)('replay of a damaged journal ends with 2 and names the position', () => {
  test(`one flipped bit, ${FLIPS} places all over the file`, async () => {
    const random = Prng.seeded(20, 7);
    const { offsets } = recordOffsets(closed);
    for (let i = 0; i < FLIPS; i += 1) {
      // A place in every record, then anywhere.
      const base = offsets[i] ?? 0;
      const at = i < offsets.length ? base + random.below(closed.readUInt32LE(base)) : random.below(closed.length);
      const { code, text } = await replayed(changed(closed, (it) => { it[at]! ^= 1 << random.below(8); }));
      expect([at, code]).toEqual([at, 2]);
      if (at < offsets[0]!) continue;
      const position = offsets.filter((offset) => offset <= at).length;
      expect(text).toMatch(position === 1 ? /position 1\b|first record/ : new RegExp(`position ${position}\\b`));
    }
  });

  test('two swapped records, one lost, one repeated', async () => {
    const { offsets, end } = recordOffsets(open.bytes);
    const bounds = [...offsets, end];
    const record = (i: number): Buffer => open.bytes.subarray(bounds[i], bounds[i + 1]);
    const rebuilt = (order: readonly number[]): Buffer => {
      return Buffer.concat([open.bytes.subarray(0, offsets[0]), ...order.map(record), open.bytes.subarray(end)]);
    };
    const all = offsets.map((_offset, i) => i);
    for (const order of [[...all.slice(0, 9), 10, 9, ...all.slice(11)], all.toSpliced(9, 1), all.toSpliced(9, 0, 9)]) {
      const { code, text } = await replayed(rebuilt(order));
      expect(code).toBe(2);
      expect(text).toMatch(/DAMAGED {4}OutOfOrder at byte \d+, where position (10|11) was expected/);
    }
  });

  test(`a closed journal cut at ${CUTS} places is truncated, not torn`, async () => {
    const random = Prng.seeded(21, 7);
    for (let i = 0; i < CUTS; i += 1) {
      const size = 8 + random.below(closed.length - 8);
      const { code, text } = await replayed(closed.subarray(0, size));
      expect([size, code]).toEqual([size, 2]);
      expect(text).toMatch(/truncated|ends|cut|short|bytes/i);
    }
  });

  test(`an open journal cut at ${CUTS} places replays up to its last whole record`, async () => {
    const random = Prng.seeded(22, 7);
    const { offsets, end } = recordOffsets(open.bytes);
    // Less than what is known to be on disk is no torn tail.
    const synced = Math.max(offsets[1]!, Number(open.bytes.readBigUInt64LE(SYNCED_OFFSET)));
    for (let i = 0; i < CUTS; i += 1) {
      const size = synced + random.below(end - synced);
      const whole = [...offsets, end].filter((offset) => offset <= size).length - 1;
      const { code, text } = await replayed(open.bytes.subarray(0, size));
      expect([size, code]).toEqual([size, 0]);
      expect(text).toMatch(/identical {2}every outcome/);
      const position = Number(/replay +(\d+) positions/.exec(text)![1]);
      // Outcomes of the last step that were cut off are derived again.
      expect(position).toBeGreaterThanOrEqual(whole);
    }
  });
});

describe.skipIf(!isBuilt)('a journal of other code or configuration', () => {
  function rewritten(name: string, fields: Partial<SessionStartedFields>, header: { schemaHash?: string } = {}): string {
    const source = place.write('source.bin', closed);
    const event = addon.createEvent();
    const reader = addon.openReader(event, source);
    reader.next();
    const decoded = decodeEvent(event.body());
    if (!decoded.ok) throw new Error(decoded.error);
    const started = decoded.value.fields as unknown as SessionStartedFields;
    const { sessionId, sessionOrdinal, epoch } = reader.header;
    reader.close();
    const path = place.path(name);
    rmSync(path, { force: true });
    const writer = addon.createWriter(event, {
      path, extentSize: 1 << 20, durability: 'process', intervalMs: 10, helperCpu: -1, schemaHash: SCHEMA_HASH,
      sessionId, sessionOrdinal, epoch, ...header,
    });
    writer.offer(EventEncoder.copyOf(new EventEncoder().sessionStarted({ ...started, ...fields })));
    event.input[Slot.Kind] = Kind.SessionStarted;
    event.input[Slot.Source] = Source.Runtime;
    event.input[Slot.Time] = 1;
    writer.commit();
    writer.close();
    return path;
  }

  test('another build is refused with both named, and tried when told to', async () => {
    const path = rewritten('build.bin', { buildCommit: 'feedbeef', buildDirty: false });
    const refused = await commands.replay(path);
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toMatch(/build: the journal was written by .*\(feedbeef\), this is .*\n.*--allow-different-build/);
    const tried = await commands.replay(path, '--allow-different-build');
    expect(tried.code).toBe(0);
    expect(tried.out).toContain('allowed to differ: build');
  });

  test('other schemas are refused with both hashes named, and tried when told to', async () => {
    const other = 'ab'.repeat(32);
    const path = rewritten('schema.bin', { schemaHash: other }, { schemaHash: other });
    const refused = await commands.replay(path);
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toContain(other);
    expect(refused.err).toContain(SCHEMA_HASH);
    expect(refused.err).toContain('--allow-different-build');
    const tried = await commands.replay(path, '--allow-different-build');
    expect(tried.out + tried.err).toContain(`allowed to differ: schema: the journal has ${other}`);
    expect(tried.code).toBe(0);
  });

  test.each<[string, Partial<SessionStartedFields>, RegExp]>([
    ['a configuration that is no JSON', { configuration: '{' },
      /configuration\.bin: the Configuration it recorded cannot be used/],
    ['a configuration with other keys', { configuration: '{"session":{}}' }, /the Configuration it recorded cannot be used/],
  ])('%s', async (_what, fields, message) => {
    const { code, err } = await commands.replay(rewritten('configuration.bin', fields));
    expect(err).toMatch(message);
    expect(err).not.toMatch(NEVER);
    expect(code).toBe(2);
  });
});

describe.skipIf(!isBuilt)('a start over a damaged journal refuses and leaves the file byte-identical', () => {
  const whole = (): Buffer => open.bytes;
  test.each<[string, () => Buffer, RegExp]>([
    ['a flipped bit in a body', () => changed(whole(), (it) => { it[recordOffsets(it).offsets[20]! + 50]! ^= 1; }),
      /Corrupt at byte \d+, position 21/],
    ['a flipped bit in a record header', () => changed(whole(), (it) => { it[recordOffsets(it).offsets[20]! + 9]! ^= 1; }),
      /position 21/],
    ['two swapped records', () => {
      const { offsets } = recordOffsets(whole());
      const [a, b, c] = [offsets[20]!, offsets[21]!, offsets[22]!];
      return Buffer.concat([whole().subarray(0, a), whole().subarray(b, c), whole().subarray(a, b), whole().subarray(c)]);
    }, /OutOfOrder at byte \d+, position 21/],
    ['foreign bytes', () => Buffer.from('not a journal\n'.repeat(1000)), /not a tcx journal/],
    ['another format version', () => changed(whole(), (it) => it.writeUInt32LE(99, 8)), /another format version/],
    ['a damaged header', () => changed(whole(), (it) => { it[60]! ^= 4; }), /damaged|not a tcx journal/],
  ])('%s', async (_what, damage, message) => {
    const bytes = damage();
    writeFileSync(open.journal, bytes);
    const end = await commands.run('tcxd', '--config', open.config, '--for', '1s');
    expect(end.err).toMatch(message);
    expect(end.err).toMatch(/--new-session/);
    expect(end.err).not.toMatch(NEVER);
    expect([end.code, end.out]).toEqual([2, '']);
    expect(bytesOf(open.journal).equals(bytes)).toBe(true);
    expect(place.journals()).toEqual([open.journal]);
  });

  test('another configuration is refused with every difference named', async () => {
    writeFileSync(open.journal, open.bytes);
    const other = place.configure((it) => { entry(it, 'instruments')['tickSize'] = 0.2; }, 'other.yaml');
    const end = await commands.run('tcxd', '--config', other, '--for', '1s');
    expect([end.code, end.out]).toEqual([2, '']);
    expect(end.err).toMatch(/instruments\[0\]\.tickSize differs from what the session recorded/);
    expect(bytesOf(open.journal).equals(open.bytes)).toBe(true);
  });

  test('whole again, it is taken up, and the whole journal replays identical', async () => {
    writeFileSync(open.journal, open.bytes);
    const end = await commands.run('tcxd', '--config', open.config, '--for', '10ms');
    expect(end.err).toMatch(/recovery: \d+ positions replayed in .* every outcome identical/);
    expect((await commands.replay(open.journal)).code).toBe(0);
    mkdirSync(place.path('copy'));
    copyFileSync(open.journal, place.path('copy', 'journal.bin'));
    expect((await commands.replay(place.path('copy', 'journal.bin'), '--fold')).code).toBe(0);
  });
});
