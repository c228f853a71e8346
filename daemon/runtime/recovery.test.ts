// Crash at every record and within records: what was processed is still there, what was not sent is never sent, trading is
// off, and the whole journal still replays byte for byte.

import { closeSync, fstatSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DispatchFailure, Kind, RecordClass, TradingState } from '../event/kinds.ts';
import { configurationText, copySession, LiveRig, recordsOf, replayOf, temporaryFolder } from './live-rig.fixture.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => { folder = temporaryFolder(); });
afterEach(() => { folder.remove(); });

/** A session with orders accepted, replaced and in flight. */
async function crashed(): Promise<LiveRig> {
  const rig = (await LiveRig.start(join(folder.path, 'origin'))).trade();
  for (let i = 0; i < 5; i += 1) {
    rig.answerAll();
    rig.market(600_000 + i * 40);
  }
  return rig;
}

/** What a crash leaves behind `offset`: zeros, up to the preallocated end. */
function cutAt(path: string, offset: number): void {
  const file = openSync(path, 'r+');
  const size = fstatSync(file).size;
  writeSync(file, new Uint8Array(size - offset), 0, size - offset, offset);
  closeSync(file);
}

describe('recovery', () => {
  test('a crash after any record: everything processed is there, the half-recorded step is completed, trading is off', async () => {
    const rig = await crashed();
    const records = recordsOf(rig.journal);
    let completed = 0;
    // From SessionStarted on: a journal without a whole first record is no session yet.
    for (let last = 1; last <= records.length; last += 1) {
      const dataDir = join(folder.path, `cut-${last}`);
      const journal = copySession(rig, dataDir);
      cutAt(journal, records[last - 1].end);
      const recovered = await LiveRig.start(dataDir);
      const after = recordsOf(journal);
      expect(recovered.path.core.state.control.trading).toBe(TradingState.Off);
      expect(recovered.wire).toEqual([]);
      const resumedAt = after.findIndex((record) => record.kind === Kind.SessionResumed);
      expect(after.slice(0, last).map((record) => record.fields)).toEqual(records.slice(0, last).map((record) => record.fields));
      const derived = after.slice(last, resumedAt);
      expect(derived.every((record) => record.class !== RecordClass.Input)).toBe(true);
      expect(derived.map((record) => record.fields)).toEqual(records.slice(last, last + derived.length).map((record) => record.fields));
      const unsent = derived.filter((record) => record.kind === Kind.IntentDispatched);
      const failed = after.filter((record) => record.kind === Kind.DispatchFailed);
      expect(failed.map((record) => (record.fields.fields as { orderId: bigint }).orderId))
        .toEqual(unsent.map((record) => (record.fields.fields as { orderId: bigint }).orderId));
      for (const record of failed) expect(record.fields.fields).toMatchObject({ failure: DispatchFailure.Recovered });
      if (derived.length > 0) completed += 1;
      const digest = recovered.path.core.digest();
      recovered.close();
      const replayed = await replayOf(journal);
      expect(replayed).toMatchObject({ verdict: 'identical', digest });
    }
    expect(completed).toBeGreaterThan(3);
    rig.close();
  });

  test('a crash within a record cuts exactly that record', async () => {
    const rig = await crashed();
    const records = recordsOf(rig.journal);
    for (const [i, into] of [1, 5, 17, 39, 41, 60].entries()) {
      const dataDir = join(folder.path, `torn-${i}`);
      const journal = copySession(rig, dataDir);
      const last = records.length - 4 - i;
      cutAt(journal, records[last - 1].end + into);
      const recovered = await LiveRig.start(dataDir);
      expect(recovered.said.join('\n')).toMatch(into >= 4 ? /will be cut|every outcome identical/ : /every outcome identical/);
      const after = recordsOf(journal);
      expect(after.slice(0, last).map((record) => record.fields)).toEqual(records.slice(0, last).map((record) => record.fields));
      recovered.close();
      expect((await replayOf(journal)).verdict).toBe('identical');
    }
    rig.close();
  });

  test('one flipped bit in the middle: refused, nothing touched, and --new-session goes on beside it', async () => {
    const rig = await crashed();
    const records = recordsOf(rig.journal);
    const dataDir = join(folder.path, 'flipped');
    const journal = copySession(rig, dataDir);
    rig.close();
    const content = readFileSync(journal);
    content[records[4].end + 50] ^= 4;
    writeFileSync(journal, content);
    await expect(LiveRig.start(dataDir)).rejects.toThrow(/damaged before its end[^]*Corrupt at byte \d+, position 6/);
    expect(readFileSync(journal).equals(content)).toBe(true);
    const next = await LiveRig.start(dataDir, configurationText(dataDir), { newSession: true });
    expect(next.started.directory.ordinal).toBe(2);
    next.close();
    expect(readFileSync(journal).equals(content)).toBe(true);
  });

  test('a second daemon on the same session is refused while the first one lives', async () => {
    const rig = await crashed();
    await expect(LiveRig.start(join(folder.path, 'origin'))).rejects.toThrow(/[Ll]ocked|another/);
    rig.close();
    const resumed = await LiveRig.start(join(folder.path, 'origin'));
    resumed.close();
  });

  test('another set of instruments is refused, naming the keys; a changed limit is recorded once recovered', async () => {
    const rig = await crashed();
    rig.close();
    const dataDir = join(folder.path, 'origin');
    const text = configurationText(dataDir);
    await expect(LiveRig.start(dataDir, text.replace('lotSize: 0.0001', 'lotSize: 0.001')))
      .rejects.toThrow(/instruments\[0\]\.lotSize differs/);
    const changed = await LiveRig.start(dataDir, text.replace('positionMax: 100', 'positionMax: 50'));
    expect(changed.path.core.state.config.instruments[0].limits.positionMax).toBe(500_000);
    expect(recordsOf(changed.journal).some((record) => record.kind === Kind.ConfigurationChanged)).toBe(true);
    changed.close();
    expect((await replayOf(changed.journal)).verdict).toBe('identical');
  });

  test('the kill switch survives a crash, with the egress latched', async () => {
    const rig = await crashed();
    rig.path.events.killSwitch(true, { actor: 'test', reason: 'test' });
    rig.close();
    const resumed = await LiveRig.start(join(folder.path, 'origin'));
    expect(resumed.path.core.state.control.killed).toBe(true);
    expect(resumed.path.transmitter.isLatched()).toBe(true);
    resumed.close();
  });

  test('an ended session hands positions and kill switch to the next', async () => {
    const rig = await crashed();
    rig.answerAll();
    const live = rig.path.core.state.execution.orders.liveAt(0, 0);
    rig.ingest(rig.encoder.orderFilled({
      orderId: live.id, instrument: 0, side: live.side, price: live.price, quantity: 3, fee: 7, feeCurrency: 0, liquidity: 1,
      eventTime: 0, captureTime: 0, venueOrderId: 'v', executionId: 'e1',
    }));
    const { quantity } = rig.path.core.state.execution.positions.of[0];
    expect(Math.abs(quantity)).toBe(3);
    rig.path.events.killSwitch(true, { actor: 'test', reason: 'test' });
    while (rig.dispatched().length > 0) rig.answerAll();
    expect(rig.path.core.state.execution.orders.liveTotal).toBe(0);
    rig.path.events.sessionEnded(1, { actor: 'test', reason: 'test' });
    rig.close();
    const next = await LiveRig.start(join(folder.path, 'origin'));
    expect(next.started.directory.ordinal).toBe(2);
    expect(next.path.core.state.execution.positions.of[0].quantity).toBe(quantity);
    expect(next.path.core.state.control.killed).toBe(true);
    expect(next.path.transmitter.isLatched()).toBe(true);
    next.close();
    expect((await replayOf(next.journal)).verdict).toBe('identical');
  });
});
