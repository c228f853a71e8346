// A broken invariant: what is left behind, what is asked of the Venues, and that it happens once.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InvariantError } from '../base/assert.ts';
import { addon } from '../binding/addon.ts';
import { Counter } from '../event/counters.ts';
import { MessageType } from '../event/link-message.ts';
import { Halt } from './halt.ts';
import { LiveRig, replayOf, temporaryFolder } from './live-rig.fixture.ts';

let folder: ReturnType<typeof temporaryFolder>;
let rig: LiveRig;
let codes: number[];
let halt: Halt;
let logged: string[];

beforeEach(async () => {
  folder = temporaryFolder();
  rig = (await LiveRig.start(folder.path)).trade();
  codes = [];
  logged = [];
  const { directory } = rig.started;
  const write = (_fields: object, message: string): void => { logged.push(message); };
  halt = new Halt({
    stream: rig.path.sequencer, transmitter: rig.path.transmitter, addon, sessionPath: directory.path, journalPath: rig.journal,
    sessionId: directory.id, counters: rig.counters, log: { debug: write, info: write, warn: write, error: write },
    position: () => rig.path.core.event.position, sync: () => rig.started.opened.writer.sync(), exit: (code) => codes.push(code),
  });
});
afterEach(() => {
  rig.close();
  folder.remove();
});

describe('halt', () => {
  test('COR-34: latched, mass-cancelled, bundled, exit 3, and only once', () => {
    halt.run(new InvariantError('EC5: at most one outstanding request per Order id'), 'invariant');
    halt.run(new Error('another one, while halting'), 'invariant');
    expect(codes).toEqual([3]);
    expect(rig.path.transmitter.isLatched()).toBe(true);
    expect(rig.messages(MessageType.MassCancel).map((message) => message.reason))
      .toEqual(['EC5: at most one outstanding request per Order id']);
    expect(rig.counters[Counter.Alarms]).toBe(1);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatch(/HALTED, at position \d+: EC5.*Trading stays off after a restart/);
    const bundle = readdirSync(rig.started.directory.path).find((name) => name.startsWith('halt-'))!;
    const record = JSON.parse(readFileSync(join(rig.started.directory.path, bundle, 'halt.json'), 'utf8')) as Record<string, unknown>;
    expect(record).toMatchObject({ reason: expect.stringMatching(/^EC5/), sessionId: rig.started.directory.id });
    expect(readFileSync(join(rig.started.directory.path, bundle, 'recent-events.txt'), 'utf8')).toMatch(/IntentDispatched/);
  });

  test('COR-34: after it nothing enters the stream and nothing leaves', async () => {
    const { position } = rig.path.core.event;
    halt.run(new Error('x'), 'invariant');
    const sent = rig.dispatched().length;
    rig.market(700_000);
    expect(rig.path.core.event.position).toBe(position);
    expect(rig.dispatched()).toHaveLength(sent);
    expect((await replayOf(rig.journal)).verdict).toBe('identical');
  });

  test('what fails while halting keeps nothing else from being tried', () => {
    rig.path.transmitter.links[0] = { ...rig.link(), transmit: () => { throw new Error('socket gone'); } };
    halt.run(new Error('x'), 'invariant');
    expect(codes).toEqual([3]);
    expect(existsSync(rig.started.directory.path)).toBe(true);
    expect(readdirSync(rig.started.directory.path).some((name) => name.startsWith('halt-'))).toBe(true);
  });

  test('a lost journal ends with exit 1 and says that what was recorded is intact', () => {
    halt.run(new Error('journal: committing an Event failed with NoSpace'), 'journal');
    expect(codes).toEqual([1]);
    expect(logged[0]).toMatch(/STOPPED, the journal takes nothing any more.*What was recorded is intact/);
  });
});
