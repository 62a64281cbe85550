/** Which column types a CSV field fits, judged on its bytes: so strict that the server can refuse nothing that fits. */
import type { CsvRows } from "../../lib/csv-scan.ts";

/** In order of preference: a column gets the first type that all its values fit. */
const TYPES = ["boolean", "bigint", "numeric", "date", "timestamptz", "text"] as const;

export type InferredType = (typeof TYPES)[number];

const BOOLEAN = 1;
const BIGINT = 2;
const NUMERIC = 4;
const DATE = 8;
const TIMESTAMPTZ = 16;
const TEXT = 32;

/** A set of types, one bit each. NULL fits all of them. */
export const ALL_TYPES = 63;

/** A column without any value is text. */
export const firstOf = (fitting: number): InferredType =>
  fitting === ALL_TYPES ? "text" : (TYPES.find((_, i) => (fitting & (1 << i)) !== 0) ?? "text");

export const setOf = (type: InferredType): number => 1 << TYPES.indexOf(type);

export const typesOfField = (rows: CsvRows, row: number, column: number): number => {
  const field = (rows.fieldsFrom[row] ?? 0) + column;
  const end = rows.fieldEnds[field] ?? 0;
  const start = column === 0 ? (rows.starts[row] ?? 0) : (rows.fieldEnds[field - 1] ?? 0) + 1;
  if (start === end) return ALL_TYPES;
  return rows.bytes[start] === 0x22
    ? typesOfText(rows.bytes, start + 1, end - 1) // A doubled quote inside is no digit, so the bytes need no decoding.
    : typesOfText(rows.bytes, start, end);
};

const typesOfText = (bytes: Buffer, start: number, end: number): number => {
  const first = bytes[start] ?? 0;
  if (isDigit(first) || first === MINUS || first === POINT) return typesOfDigits(bytes, start, end);
  return first < 0x80 && isBooleanWord(bytes, start, end) ? BOOLEAN | TEXT : TEXT;
};

const ZERO = 0x30;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const COLON = 0x3a;
const MAX_BIGINT_DIGITS = 18;
const LONGEST_NUMBER = 1000;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= 0x39;

const digitsEnd = (bytes: Buffer, from: number, end: number): number => {
  let at = from;
  while (at < end && isDigit(bytes[at])) at++;
  return at;
};

const isBooleanWord = (bytes: Buffer, start: number, end: number): boolean => {
  const length = end - start;
  if (length !== 4 && length !== 5) return false;
  const word = latin(bytes, start, end);
  return /^(true|True|TRUE|false|False|FALSE)$/.test(word);
};

const typesOfDigits = (bytes: Buffer, start: number, end: number): number => {
  const from = bytes[start] === MINUS ? start + 1 : start;
  const whole = digitsEnd(bytes, from, end);
  const digits = whole - from;
  if (digits === 4 && from === start && bytes[whole] === MINUS) return typesOfTime(latin(bytes, start, end));
  // 007 is a code, not a number.
  const isNumber = digits > 0 ? digits === 1 || bytes[from] !== ZERO : bytes[from] === POINT;
  if (!isNumber || end - start > LONGEST_NUMBER) return TEXT;
  if (whole === end) return isBigint(bytes, start, end, digits) ? BIGINT | NUMERIC | TEXT : NUMERIC | TEXT;
  let at = whole;
  if (bytes[at] === POINT) {
    const fraction = digitsEnd(bytes, at + 1, end);
    if (fraction === at + 1) return TEXT;
    at = fraction;
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const power = bytes[at + 1] === MINUS || bytes[at + 1] === PLUS ? at + 2 : at + 1;
    at = digitsEnd(bytes, power, end);
    if (at === power || at - power > 3) return TEXT;
  }
  return at === end ? NUMERIC | TEXT : TEXT;
};

const isBigint = (bytes: Buffer, start: number, end: number, digits: number): boolean => {
  if (digits <= MAX_BIGINT_DIGITS) return true;
  if (digits > MAX_BIGINT_DIGITS + 1) return false;
  return BigInt.asIntN(64, BigInt(latin(bytes, start, end))) === BigInt(latin(bytes, start, end));
};

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?: ?(?:Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?))?)?$/;

const typesOfTime = (text: string): number => {
  const parts = text.length <= 40 ? TIME.exec(text) : null;
  if (parts === null) return TEXT;
  const [, year, month, day] = parts.map(Number);
  if (!isCalendarDay(year ?? 0, month ?? 0, day ?? 0)) return TEXT;
  return text.includes(String.fromCharCode(COLON)) ? TIMESTAMPTZ | TEXT : DATE | TIMESTAMPTZ | TEXT;
};

const isCalendarDay = (year: number, month: number, day: number): boolean => {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
};

const latin = (bytes: Buffer, start: number, end: number): string => bytes.toString("latin1", start, end);
