/** A case's blocks as plain text, for reports that hold no tables of their own; what is huge is cut. */
import type { CaseBlock } from "../../../domain/report.ts";
import { tableLines } from "../../../lib/table.ts";

const TABLE_WIDTH = 160;
/** A value of megabytes helps nobody, and viewers of reports choke on it. */
const LONGEST = 64 * 1024;

export const blockText = (blocks: readonly CaseBlock[]): string => cut(blocks.map(textOf).join("\n\n"), LONGEST);

export const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}… (cut)`;

const textOf = (block: CaseBlock): string =>
  block.kind === "table" ? tableLines({ ...block, width: TABLE_WIDTH }).join("\n") : block.text;
