/** Text of any kind in, text that may stand in an XML 1.0 document out. */

/** Colours and cursor movements of terminals. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is taken out
const ANSI = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;
/** What XML 1.0 cannot hold, not even escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Half a character, as cutting leaves it. */
const LONE = /\p{Surrogate}/gu;

const holdable = (text: string): string => text.replace(ANSI, "").replace(FORBIDDEN, "\ufffd").replace(LONE, "\ufffd");

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Between tags. A carriage return is kept only when it is named. */
export const xmlText = (text: string): string =>
  holdable(text)
    .replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign)
    .replaceAll("\r", "&#13;");

/** ` name="value"`; nothing for undefined. Line breaks and tabs would be read as blanks. */
export const xmlAttribute = (name: string, value: string | number | undefined): string =>
  value === undefined
    ? ""
    : ` ${name}="${holdable(String(value))
        .replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign)
        .replace(/[\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`)}"`;
