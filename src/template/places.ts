/** From Handlebars' lines and columns to places in a file. */

import { type SourceFile, type Span, spanOf } from "../domain/source.ts";
import type { Location } from "./handlebars-parser.ts";

export type Places = { readonly file: SourceFile; readonly spanAt: (location: Location) => Span };

export const placesOf = (file: SourceFile): Places => {
  const starts = lineStarts(file.text);
  const offset = ({ line, column }: Location["start"]): number =>
    Math.min((starts[line - 1] ?? file.text.length) + column, file.text.length);
  return { file, spanAt: ({ start, end }) => spanOf(file, offset(start), offset(end)) };
};

/** Lines as Handlebars' lexer counts them: after \n, \r\n, or a lone \r. */
const lineStarts = (text: string): readonly number[] => {
  const starts = [0];
  for (const match of text.matchAll(/\r\n?|\n/g)) starts.push(match.index + match[0].length);
  return starts;
};
