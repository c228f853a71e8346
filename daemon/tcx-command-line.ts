// tcx: the first word of a command line chooses the tool, which takes the rest. Owns the words that all tools share.

import { describeBuild, readBuildInfo } from './runtime/build-info.ts';
import { EXIT, runCapture, type CaptureTerminal } from './gateway/capture-commands/command-line.ts';
import { VENUE_DEFAULTS, type RealVenueName } from './venue-defaults.ts';
import { createMarket } from './venue-registry.ts';

type Terminal = Omit<CaptureTerminal, 'build' | 'markets'>;

const MARKETS = new Map(Object.keys(VENUE_DEFAULTS).map((name) => [name, () => createMarket(name as RealVenueName)]));

export const HELP = `tcx: looks at what tcx recorded

  tcx capture COMMAND    recorded market data: cat, stat, verify, configure, import; tcx capture --help
  tcx --version, --help

Exit codes: 0 done · 1 failed · 2 unusable input
`;

/** Returns the exit code and never throws. */
export async function runTcx(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [tool, ...rest] = argv;
  switch (tool) {
    case 'capture': return runCapture(rest, { ...terminal, build: describeBuild(readBuildInfo()), markets: MARKETS });
    case '--help': case '-h': await terminal.out(HELP); return EXIT.ok;
    case '--version': await terminal.out(`tcx ${describeBuild(readBuildInfo())}\n`); return EXIT.ok;
    default:
      terminal.error(`tcx: found ${tool === undefined ? 'no tool' : JSON.stringify(tool)}, expected capture\n`
        + 'tcx --help shows what there is\n');
      return EXIT.unusable;
  }
}
