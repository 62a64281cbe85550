/** Cuts and inserts in Sql by UTF-16 offsets, so that every piece keeps the place it was written. */
import { isVerbatim, type Sql, type SqlPiece, sqlOf } from "../domain/sql.ts";

export const sliceSql = (value: Sql, start: number, end: number): Sql => {
  const pieces: SqlPiece[] = [];
  let at = 0;
  for (const piece of value.pieces) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, piece.text.length);
    if (from < to) pieces.push(slicePiece(piece, from, to));
    at += piece.text.length;
  }
  return sqlOf(pieces);
};

const slicePiece = (piece: SqlPiece, from: number, to: number): SqlPiece => {
  if (from === 0 && to === piece.text.length) return piece;
  const { origin, text, isSecret } = piece;
  const cut = text.slice(from, to);
  if (origin === undefined || !isVerbatim(text, origin.span)) return { text: cut, origin, isSecret };
  const { file, start } = origin.span;
  return { text: cut, isSecret, origin: { ...origin, span: { file, start: start + from, end: start + to } } };
};

/** Whether the letter at an offset came from the environment, so that no message may show it. */
export const isSecretAt = (value: Sql, offset: number): boolean => {
  let at = 0;
  for (const { text, isSecret } of value.pieces) {
    at += text.length;
    if (offset < at) return isSecret;
  }
  return false;
};
