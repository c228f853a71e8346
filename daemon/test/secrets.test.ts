// Two gateways that trade, with keys planted for the purpose, at Venues that say every secret they know wherever they can:
// no secret is anywhere but in its file and in memory. And how keys are replaced, as docs/runbooks/venue-keys.md says.

import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Child } from './child.ts';
import { isBuilt } from './hostile/processes.fixture.ts';
import { journalPaths, linesFrom } from './journal-contents.ts';
import { replayIdentical } from './replay-check.ts';
import { SecretSearch } from './secret-search.fixture.ts';
import type { StandInCredentials, StandInVenue } from './stand-in/settings.ts';
import { until } from './until.ts';
import { VenueRig } from './venue-rig.ts';

const VENUES: readonly StandInVenue[] = ['kraken', 'binance'];
/** More than a stand-in hands out in this test. */
const TOKENS = 60;

/** As Kraken's own: base64 with everything that has to be escaped somewhere. */
const KRAKEN = krakenKey();
const KRAKEN_NEXT = krakenKey();
const BINANCE: StandInCredentials = {
  apiKey: randomBytes(48).toString('base64url').replace(/[-_]/g, 'x'), secret: randomBytes(32).toString('hex'), algorithm: 'hmac-sha256',
};

function krakenKey(): StandInCredentials {
  const secret = Buffer.concat([Buffer.from('fbeffb', 'hex'), randomBytes(60), Buffer.from('ff', 'hex')]).toString('base64');
  return { apiKey: `${randomBytes(38).toString('base64').replace(/=+$/, '')}+/+/`, secret, algorithm: 'hmac-sha512' };
}

/** What the stand-in hands out, told before it does. */
function tokenOf(number: number): string {
  return createHash('sha256').update(`stand-in token 1 ${number}`).digest('base64').replace(/=$/, '');
}

describe.skipIf(!isBuilt)('secrets', () => {
  let rig: VenueRig;
  const search = new SecretSearch();
  const printed: Child[] = [];
  const accepted = [KRAKEN];
  const answers: string[] = [];
  let files: { apiKeyFile: string; secretFile: string };

  beforeAll(async () => {
    rig = await VenueRig.create({
      venues: VENUES, credentials: { kraken: accepted, binance: [BINANCE] }, gateway: { observe: { port: 0 } },
      configuration: { observe: { port: 0, logLevel: 'debug' } },
    });
    for (const [name, { apiKey, secret }] of [['kraken', KRAKEN], ['next', KRAKEN_NEXT], ['binance', BINANCE]] as const) {
      search.plant(`${name} key`, apiKey);
      search.plant(`${name} secret`, secret);
      search.plant(`${name} secret decoded`, Buffer.from(secret, 'base64'));
    }
    for (let number = 1; number <= TOKENS; number += 1) search.plant(`token ${number}`, tokenOf(number));
    files = (JSON.parse(readFileSync(rig.gatewayFile('kraken'), 'utf8')) as { credentials: typeof files }).credentials;
    writeKey(KRAKEN);
  });
  afterAll(() => rig.close());

  /** With the line ends that an editor leaves. */
  function writeKey({ apiKey, secret }: StandInCredentials): void {
    for (const [file, text] of [[files.apiKeyFile, `${apiKey}\r\n`], [files.secretFile, `${secret}\n`]] as const) {
      writeFileSync(`${file}.new`, text);
      chmodSync(`${file}.new`, 0o400);
      renameSync(`${file}.new`, file);
    }
  }

  function startGateway(venue: StandInVenue): Child {
    const gateway = rig.startGateway(venue, '--log-level', 'debug');
    printed.push(gateway);
    return gateway;
  }

  /** Order entry of Kraken is lost by `how`, and comes back. */
  async function reconnect(how: () => void): Promise<void> {
    const gateway = rig.running.get('kraken')!;
    const connections = (): number => gateway.output.split('order entry is connected').length;
    const before = connections();
    how();
    await until('order entry to be connected again', () => connections() > before, { details: () => gateway.tail() });
  }

  const quoting = (): Promise<unknown> => rig.statusWhere('Orders at both Venues', ({ openOrders }) => openOrders >= 4);

  async function metricsOf(gateway: Child): Promise<string> {
    const [, port] = await gateway.printed(/"port":(\d+)[^\n]*"msg":"metrics"/);
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  }

  /** Everything a client of the admin socket may ask. */
  async function askEverything(): Promise<void> {
    for (const path of ['/', '/status', '/version', '/orders?all=true', '/positions', '/balances', '/book/kraken-btc-usd', '/feeds',
      '/gates', '/strategies', '/limits', '/config']) answers.push(JSON.stringify((await rig.get(path)).json));
    for (const gateway of rig.gateways()) answers.push(await metricsOf(gateway));
    const [, port] = await rig.daemon!.printed(/metrics http:\/\/127\.0\.0\.1:(\d+)/);
    answers.push(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  }

  test('are in no argument, environment, core dump or debugger of the processes that know them', async () => {
    rig.startDaemon();
    printed.push(rig.daemon!);
    await rig.answering();
    search.plant('link token', readFileSync(join(rig.dataDir, 'link.token'), 'utf8').trim());
    for (const venue of VENUES) startGateway(venue);
    await rig.enable();
    await quoting();
    for (const { pid } of rig.gateways()) {
      for (const file of ['cmdline', 'environ', 'comm', 'maps']) {
        expect(search.found(file, readFileSync(`/proc/${pid}/${file}`))).toEqual([]);
      }
      // Not dumpable: the kernel gives such a process's own files to root, and lets nobody else trace it.
      expect(statSync(`/proc/${pid}/environ`).uid).toBe(0);
    }
    for (const { pid } of printed) process.kill(pid, 'SIGUSR1');
    await Promise.all([rig.status(), ...rig.gateways().map(metricsOf)]);
    for (const child of printed) expect(child.output).not.toMatch(/Debugger/);
  });

  test('said back by the Venue in every place are taken out of log, metrics, Events and recording', async () => {
    const kraken = rig.venue('kraken');
    const binance = rig.venue('binance');
    const krakenWords = `${tokenOf(1)} ${KRAKEN.apiKey} ${KRAKEN.secret}`;
    const escaped = krakenWords.replaceAll('/', '\\/');
    const binanceWords = `${BINANCE.apiKey} ${BINANCE.secret}`;
    kraken.say(`{"channel":"${tokenOf(1)}","data":[]}`, 'private');
    kraken.say(`{"method":"add_order","success":false,"req_id":987654,"error":"EGeneral:${escaped}"}`, 'private');
    kraken.say(`{"channel":"executions","type":"update","data":[{"order_id":"${tokenOf(1)}","cl_ord_id":"x","symbol":"BTC/USD",`
      + `"order_status":"${escaped}","exec_type":"novel"},{"padding":"${'x'.repeat(160)}","reason":"${escaped}"}]}`, 'private');
    for (let padding = 120; padding < 200; padding += 9) {
      kraken.say(`${'x'.repeat(padding)}${tokenOf(1)}`, 'private');
      kraken.say(`{"channel":"c${padding}${KRAKEN.apiKey}","data":"${'x'.repeat(padding)}${KRAKEN.secret}"}`, 'public');
    }
    kraken.arm({ fault: 'error', on: 'add_order', message: `EOrder:Insufficient funds ${krakenWords}`, count: 3 });
    binance.arm({ fault: 'error', on: 'order.place', code: -2010, message: `insufficient balance ${binanceWords}`, count: 3 });
    binance.arm({ fault: 'error', on: 'order.place', code: -9999, message: `never heard of ${binanceWords}`, skip: 6, count: 2 });
    binance.say(`{"id":987654,"status":400,"error":{"code":-1022,"msg":"${binanceWords}"}}`, 'api');
    binance.say(`{"event":{"e":"${BINANCE.apiKey}","x":"${binanceWords}"}}`, 'api');
    binance.say(`{"stream":"${BINANCE.apiKey}@depth","data":{}}`, 'public');
    await until('refusals', async () => (await metricsOf(rig.running.get('binance')!)).match(/event="rejected"\S* [1-9]/));
    await until('refusals', async () => (await metricsOf(rig.running.get('kraken')!)).match(/event="rejected"\S* [1-9]/));
    kraken.arm({ fault: 'error', on: '*', connection: 'http', status: 500, message: `<html>${krakenWords}</html>`, count: 1 });
    await reconnect(() => { for (const connection of kraken.server.of('private')) connection.end('close', 4000, tokenOf(1)); });
    binance.expireSessions();
    kraken.expireSessions();
    await askEverything();
    expect(rig.printed()).toMatch(/<redacted:websockets-token>/);
    expect(rig.printed()).toMatch(/<redacted:api-key>/);
    expect(answers.join('\n')).toMatch(/kind="unknown_channel_c\d+_redacted_api_key_/);
  });

  test('are in nothing that a killed process leaves, and a new key needs a new process', async () => {
    const crashed = await rig.running.get('kraken')!.ending('SIGABRT');
    expect(crashed.signal).toBe('SIGABRT');
    await rig.running.get('binance')!.killed();
    // What another process knew is no secret to the next.
    for (const venue of VENUES) rig.venue(venue).world.plan.clear();
    accepted.push(KRAKEN_NEXT);
    writeKey(KRAKEN_NEXT);
    for (const venue of VENUES) await startGateway(venue).printed(/order entry is connected/);
    // Taken back at the Venue: whoever still uses the old key is refused from now on.
    accepted.splice(0, 1);
    await reconnect(() => { rig.venue('kraken').disconnect('abort', 'private'); });
    accepted.push(KRAKEN);
    writeKey(KRAKEN);
    accepted.splice(0, 1);
    rig.venue('kraken').disconnect('abort', 'private');
    await rig.running.get('kraken')!.printed(/EAPI:Invalid key[^\n]*no session token/);
  });

  test('are nowhere: recordings open and sealed, journal, answers, outputs', async () => {
    expect(await rig.daemon!.ending()).toMatchObject({ code: 0, signal: null });
    await Promise.all(rig.gateways().map((gateway) => gateway.ending()));
    const [journal] = journalPaths(rig.dataDir);
    await replayIdentical(journal!);
    const recorded = search.unpacked(join(rig.folder, 'recordings'));
    const lines = linesFrom(journal!, 1);
    const found = [
      ...search.foundBelow(rig.folder, [join(rig.dataDir, 'link.token')]), ...search.found('answers', answers.join('\n')),
      ...printed.flatMap(({ name, output }) => search.found(name, output)), ...search.found('journal', lines.join('\n')),
    ];
    expect(found).toEqual([]);
    for (const marker of ['websockets-token', 'api-key', 'api-secret', 'signature']) expect(recorded).toContain(`<redacted:${marker}>`);
    expect(lines.some((line) => /OrderRejected.*\*{40}/.test(line))).toBe(true);
    expect(readdirSync('.').filter((name) => /^core/.test(name))).toEqual([]);
    expect(readdirSync(rig.folder).filter((name) => /^core/.test(name))).toEqual([]);
    // The search itself finds what it looks for, and looked where it should.
    expect(search.found('a key file', readFileSync(files.apiKeyFile))).not.toEqual([]);
    const searched = [...search.searched].map((place) => relative(rig.folder, place)).join('\n');
    expect(search.searched).toContain(journal);
    for (const venue of VENUES) {
      for (const feed of ['market', 'private']) expect(searched).toMatch(new RegExp(`/${venue}/${feed}/\\S+\\.gz unpacked`));
    }
  });
});
