// The unix socket as a file: takes the path over from a dead daemon, refuses it when a live one answers, and gives it
// its owner, group and mode. Never removes anything that is not a socket.

import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { idOf } from './actor.ts';

export interface SocketOwnership {
  /** Permission bits; 0o660 lets the owner and the group command the daemon, nobody else. */
  readonly mode: number;
  /** Name or number; empty: leave it as created. */
  readonly owner: string;
  readonly group: string;
}

/** sockaddr_un.sun_path holds 108 bytes with its terminator. */
const PATH_BYTES_MAX = 107;
const PROBE_TIMEOUT_MS = 1_000;

/** Makes `path` free to listen on, or throws saying who has it. */
export async function claimSocketPath(path: string): Promise<void> {
  const size = Buffer.byteLength(path);
  if (size === 0 || size > PATH_BYTES_MAX || path.includes('\0')) {
    throw new Error(
      `admin socket path ${JSON.stringify(path)}: found ${size} bytes, expected 1 to ${PATH_BYTES_MAX} ` +
        '(a limit of the kernel); choose a shorter path in admin.socket',
    );
  }
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) {
    throw new Error(
      `admin socket ${path}: found something that is not a socket, expected nothing or the socket of a daemon ` +
        'that has ended; move it away or change admin.socket',
    );
  }
  if (await isAnswered(path)) {
    throw new Error(
      `admin socket ${path}: found a daemon answering on it, expected none; ` +
        'stop that daemon (tcxctl drain) or give this one its own admin.socket and data directory',
    );
  }
  unlinkSync(path);
}

/** True unless the kernel says nobody listens: when in doubt, the path is in use. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => settle(true));
    socket.once('connect', () => settle(true));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}

/** Applies owner, group and mode. Called right after listen, under a umask that kept everybody else out until now. */
export function applyOwnership(path: string, ownership: SocketOwnership): void {
  const uid = resolveId('/etc/passwd', ownership.owner, 'owner');
  const gid = resolveId('/etc/group', ownership.group, 'group');
  if (uid !== -1 || gid !== -1) {
    try {
      chownSync(path, uid === -1 ? (process.getuid?.() ?? 0) : uid, gid === -1 ? (process.getgid?.() ?? 0) : gid);
    } catch (error) {
      throw new Error(
        `admin socket ${path}: cannot give it to ${ownership.owner || '-'}:${ownership.group || '-'} ` +
          `(${(error as NodeJS.ErrnoException).code}); run as a member of that group, or change admin.group`,
      );
    }
  }
  chmodSync(path, ownership.mode);
}

function resolveId(file: string, name: string, noun: string): number {
  if (name === '') return -1;
  const id = idOf(file, name);
  if (id === undefined) {
    throw new Error(
      `admin.${noun}: found ${JSON.stringify(name)}, expected a name in ${file} or a number; correct the ` +
        'configuration or create it',
    );
  }
  return id;
}
