/** A strict reader of XML, as far as reports use it: what is not well-formed throws. */

export type XmlElement = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All character data directly in it. */
  readonly text: string;
};

const TOKEN = /<\?[^?]*\?>|<\/([\w-]+)>|<([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([\w-]+)="([^"]*)"/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 cannot hold
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

type Open = { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string };

export const parseXml = (document: string): XmlElement => {
  if (!document.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n')) throw new Error("no declaration");
  const forbidden = FORBIDDEN.exec(document);
  if (forbidden !== null) throw new Error(`a character that XML cannot hold at ${forbidden.index}`);
  const top: Open = { name: "", attributes: {}, children: [], text: "" };
  const open: Open[] = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < document.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(document);
    const inside = open.at(-1);
    if (match === null || inside === undefined)
      throw new Error(`not well-formed at ${at}: ${document.slice(at, at + 40)}`);
    const [, closed, opened, attributes = "", isEmpty, text] = match;
    if (text !== undefined) inside.text += decoded(text);
    if (closed !== undefined) {
      if (open.pop()?.name !== closed) throw new Error(`</${closed}> closes nothing at ${at}`);
      open.at(-1)?.children.push(inside);
    }
    if (opened === undefined) continue;
    const element: Open = { name: opened, attributes: attributesIn(attributes), children: [], text: "" };
    if (isEmpty === "/") inside.children.push(element);
    else open.push(element);
  }
  const [root, ...others] = top.children;
  if (open.length !== 1 || root === undefined || others.length > 0 || top.text.trim() !== "")
    throw new Error("not one root");
  return root;
};

const attributesIn = (text: string): Record<string, string> => {
  const found: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(ATTRIBUTE)) {
    if (Object.hasOwn(found, name)) throw new Error(`the attribute ${name} stands twice`);
    // As a reader normalizes it: only what is named stays a line break.
    found[name] = decoded(value.replace(/[\t\n\r]/g, " "));
  }
  return found;
};

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const decoded = (text: string): string =>
  text.replaceAll(/\r\n?/g, "\n").replace(/&(?:#(\d+)|(\w+));|&/g, (whole, number?: string, name?: string) => {
    const value = number === undefined ? ENTITIES[name ?? ""] : String.fromCharCode(Number(number));
    if (value === undefined) throw new Error(`${whole} is no entity`);
    return value;
  });
