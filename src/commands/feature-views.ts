/** What `--features` says in, the views of live that are meant out: for a training set and for serving alike. */
import type { Session } from "../domain/contracts/database.ts";
import { DatabaseError } from "../domain/contracts/database.ts";
import { errorOf, failed, type Outcome } from "../domain/diagnostic.ts";
import type { FeatureView } from "../domain/features.ts";
import type { Manifest } from "../domain/manifest.ts";
import { literal, sql } from "../domain/sql.ts";
import { askedFeatures } from "../stages/features/asked-features.ts";
import { readViews } from "../stages/features/views.ts";
import type { FeatureInput } from "./inputs.ts";

export const featureViews = async (
  manifest: Manifest,
  session: Session,
  { features, maxAge }: Pick<FeatureInput, "features" | "maxAge">,
): Promise<Outcome<readonly FeatureView[]>> => {
  const asked = askedFeatures(manifest, features);
  if (!asked.ok) return asked;
  if (maxAge !== undefined && !(await isInterval(session, maxAge)))
    return failed(
      errorOf("cli/bad-value", `--max-age is an interval, not "${maxAge}"`, { help: 'write --max-age "30 days"' }),
    );
  return readViews(session, asked.value);
};

const isInterval = async (session: Session, text: string): Promise<boolean> => {
  try {
    await session.run(sql`select ${literal(text)}::interval`);
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && error.sqlstate.startsWith("22")) return false;
    throw error;
  }
};
