// Sessions of one data directory are numbered 1, 2, 3, …; the number is the upper part of every Order id of the session.

/** Largest ordinal: Order ids are ordinal × 2^41 + counter and must stay safe integers. */
export const SESSION_ORDINAL_MAX = 2 ** 12 - 1;
