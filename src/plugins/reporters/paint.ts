/** Colours, used sparingly: what is wrong, what is well, what may be overlooked. Plain where colours are not wanted. */
import type { Paint } from "../../domain/show-diagnostic.ts";

export type Colors = Paint & {
  readonly good: (text: string) => string;
  readonly strong: (text: string) => string;
};

const code =
  (open: number, close: number) =>
  (text: string): string =>
    text === "" ? "" : `\u001b[${open}m${text}\u001b[${close}m`;
const same = (text: string): string => text;

const COLORED: Colors = {
  error: code(31, 39),
  warning: code(33, 39),
  good: code(32, 39),
  place: code(1, 22),
  strong: code(1, 22),
  faint: code(2, 22),
};

const PLAIN: Colors = { error: same, warning: same, good: same, place: same, strong: same, faint: same };

export const colorsFor = ({ hasColors }: { readonly hasColors: boolean }): Colors => (hasColors ? COLORED : PLAIN);
