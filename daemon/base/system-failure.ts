// What the system says when it refuses a file, a folder or an address, in the words every message of tcx uses for it.
// Only the reason: which key or option named the thing, and what to do about it, is said by whoever asked. Pure.

import { messageOf } from './thrown.ts';

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'it exists already',
  EISDIR: 'it is a folder, not a file',
  ELOOP: 'too many symbolic links',
  EMFILE: 'this process has too many files open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'a part of the path is not a directory',
  EPERM: 'permission denied',
  EROFS: 'read-only file system',
};

/** `permission denied (EACCES)`; the error's own message where it has no such code. */
export function describeFailure(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  const words = typeof code === 'string' ? WORDS[code] : undefined;
  if (words !== undefined) return `${words} (${String(code)})`;
  return messageOf(error);
}
