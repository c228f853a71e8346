// RFC 3339 in UTC to ns since the Unix epoch, and back. Exact to the nanosecond; pure.

const NS_PER_SECOND = 1_000_000_000n;
const DATE_LENGTH = 10;
const TIME_END = 19;
/** Days from the start of year 0 (counted from March) to 1970-01-01. */
const EPOCH_DAYS = 719_468;
const SECONDS_PER_DAY = 86_400;

/** Remembers the date of the last stamp: consecutive stamps share it. */
export class TimestampReader {
  /** The last stamp, Unix time; both 0 when it could not be read. */
  seconds = 0;
  nanoseconds = 0;
  private date = '';
  private midnight = 0;

  /** Reads text[start, end). */
  read(text: string, start: number, end: number): void {
    this.seconds = this.nanoseconds = 0;
    const length = end - start;
    if (length < TIME_END + 1 || text.charCodeAt(end - 1) !== 90 || text.charCodeAt(start + 10) !== 84) return;
    if (this.date === '' || !text.startsWith(this.date, start)) {
      const midnight = midnightOf(text, start);
      if (!(midnight >= 0)) return;
      this.date = text.slice(start, start + DATE_LENGTH);
      this.midnight = midnight;
    }
    const seconds = clock(text, start + 11);
    const ns = fraction(text, start + TIME_END, end - 1);
    if (seconds < 0 || ns < 0) return;
    this.seconds = this.midnight + seconds;
    this.nanoseconds = ns;
  }
}

/** ns since the Unix epoch. */
export function unixNs(seconds: number, nanoseconds: number): bigint {
  return BigInt(seconds) * NS_PER_SECOND + BigInt(nanoseconds);
}

/** ns since the Unix epoch, not before it, with so many digits after the second (at most nine): finer ones are cut. */
export function formatTimestamp(ns: bigint, digits: number): string {
  const seconds = Number(ns / NS_PER_SECOND);
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const time = seconds - days * SECONDS_PER_DAY;
  const text = [time / 3600, (time / 60) % 60, time % 60].map((part) => padded(Math.floor(part), 2)).join(':');
  const point = digits === 0 ? '' : `.${padded(ns % NS_PER_SECOND, 9).slice(0, digits)}`;
  return `${dateOf(days)}T${text}${point}Z`;
}

/** `yyyy-mm-dd` of a day since the epoch. Years that begin in March: the leap day comes last. */
function dateOf(days: number): string {
  const shifted = days + EPOCH_DAYS;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524)
    - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

function padded(value: number | bigint, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** Seconds from the epoch to the start of the day `yyyy-mm-dd`; NaN when it is something else. */
function midnightOf(text: string, at: number): number {
  const year = two(text, at) * 100 + two(text, at + 2);
  const month = two(text, at + 5);
  const day = two(text, at + 8);
  if (text.charCodeAt(at + 4) !== 45 || text.charCodeAt(at + 7) !== 45) return NaN;
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return NaN;
  // Years that begin in March put the leap day last, where a month's length no longer matters.
  const shifted = month > 2 ? year : year - 1;
  const monthFromMarch = (month + 9) % 12;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  const days = shifted * 365 + leapDays + Math.floor((monthFromMarch * 153 + 2) / 5) + day - 1;
  return (days - EPOCH_DAYS) * SECONDS_PER_DAY;
}

/** Seconds of `hh:mm:ss`; -1 when it is something else. A leap second (60) is allowed. */
function clock(text: string, at: number): number {
  const hours = two(text, at);
  const minutes = two(text, at + 3);
  const seconds = two(text, at + 6);
  if (text.charCodeAt(at + 2) !== 58 || text.charCodeAt(at + 5) !== 58) return -1;
  if (!(hours <= 23 && minutes <= 59 && seconds <= 60)) return -1;
  return hours * 3600 + minutes * 60 + seconds;
}

function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/** ns of `.123456` (up to nine digits, later ones are cut), 0 when there is none; -1 when it is something else. */
function fraction(text: string, at: number, end: number): number {
  if (at === end) return 0;
  if (text.charCodeAt(at) !== 46 || at + 1 === end) return -1;
  let ns = 0;
  for (let i = 0; i < 9; i += 1) {
    const code = at + 1 + i < end ? text.charCodeAt(at + 1 + i) : 48;
    if (code < 48 || code > 57) return -1;
    ns = ns * 10 + (code - 48);
  }
  for (let i = at + 10; i < end; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return -1;
  }
  return ns;
}
