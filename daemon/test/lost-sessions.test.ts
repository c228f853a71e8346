// What an operator does who has lost a data directory (docs/runbooks/lost-data-directory.md): an empty folder named like a
// session keeps the count, and with it the names of Orders, above those of the life that was lost.

import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../runtime/build-info.ts';
import { PaperRig } from './paper-rig.ts';
import { until } from './until.ts';

test.skipIf(!existsSync(join(packageRoot(), 'dist', 'daemon', 'tcxd.js')))('the count goes on after an empty session', async () => {
  const rig = await PaperRig.create();
  await rig.enclose('npm test -- lost-sessions', async () => {
    const sessions = join(rig.dataDir, 'sessions');
    mkdirSync(join(sessions, '000400-20260101T000000Z'), { recursive: true });
    await rig.start();
    expect(readdirSync(sessions).map((name) => name.slice(0, 6)).sort()).toEqual(['000400', '000401']);
    await rig.enable();
    const sent = (): string[] => rig.wireLog().filter((line) => line.includes(' NEW '));
    await until('an Order on the wire', () => sent().length > 0, { deadlineMs: 60_000 });
    const ids = sent().map((line) => Number(line.split(' ')[2]));
    for (const id of ids) expect(Math.floor(id / 2 ** 41)).toBe(401);
    await rig.command('/drain', 'the test is over');
    expect(await rig.daemon!.ended).toMatchObject({ code: 0, signal: null });
  });
}, 120_000);
