// Whoever reads what a program prints goes away: a closed terminal, a `tee` that died, `| head`. The words are lost,
// nothing else: no session is halted, no command ends in a stack.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../../runtime/build-info.ts';
import { Commands, isBuilt, Workplace } from './processes.fixture.ts';

let place: Workplace;
beforeEach(() => { place = new Workplace(); });
afterEach(() => place.remove());

/** Ends with the exit code; both pipes, or standard output alone, have no reader from the first moment on. */
async function unread(gone: 'both' | 'stdout', entry: string, ...argv: string[]): Promise<{ code: number | null; err: string }> {
  const child = spawn(process.execPath, [join(packageRoot(), 'dist', 'daemon', entry), ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stdout.destroy();
  if (gone === 'both') child.stderr.destroy();
  else child.stderr.on('data', (text) => { err += String(text); });
  const [code] = await once(child, 'close') as [number | null];
  return { code, err };
}

describe.skipIf(!isBuilt)('nobody reads', () => {
  test('what a live daemon says: the session ends in order and replays', async () => {
    expect(await unread('both', 'tcxd.js', '--config', place.configure(), '--for', '500ms')).toMatchObject({ code: 0 });
    const [journal] = place.journals();
    expect(readdirSync(dirname(journal!)).sort()).toEqual(['journal.bin', 'manifest.json']);
    const commands = new Commands();
    expect((await commands.replay(journal!)).out).toContain('identical');
    commands.close();
  });

  test.each([
    ['tcxd.js', ['--help']], ['tcx-gateway.js', ['--help']], ['tcxctl.js', ['--help']], ['tcx.js', ['--help']],
  ])('%s %j', async (entry, argv) => {
    expect(await unread('stdout', entry, ...argv)).toEqual({ code: 0, err: '' });
  });

  test('tcxd --check', async () => {
    // Its exit code is about this machine.
    expect((await unread('stdout', 'tcxd.js', '--check', '--config', place.configure())).err).toBe('');
  });
});
