/** The links that the platform package's install script would have made: in the package, or in a folder of ours. */
import { mkdir, readFile, symlink } from "node:fs/promises";
import { basename } from "node:path";
import { codeOf, unless } from "./refusal.ts";

type Link = { readonly source: string; readonly target: string };

/** In the package itself (`native` is its folder); false where it cannot be written. */
export const linkInPlace = async (native: string): Promise<boolean> => {
  try {
    for (const { source, target } of await linksOf(native)) {
      // Paths in the list are relative to the package and begin with native/; a copy of ours has another name.
      await makeLink(basename(source), `${native}/${target.replace(/^native\//, "")}`);
    }
    return true;
  } catch (error) {
    if (["EACCES", "EPERM", "EROFS"].includes(codeOf(error) ?? "")) return false;
    throw error;
  }
};

/** In `folder`, to the libraries where they lie; the loader is to look there first. */
export const linkIn = async (folder: string, native: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const { source, target } of await linksOf(native)) {
    await makeLink(`${native}/lib/${basename(source)}`, `${folder}/${basename(target)}`);
  }
};

/** Another command may be making the same ones. */
const makeLink = (source: string, target: string): Promise<void> =>
  unless(["EEXIST"], symlink(source, target)).then(() => undefined);

const linksOf = async (native: string): Promise<readonly Link[]> => {
  const list = await unless(["ENOENT"], readFile(`${native}/pg-symlinks.json`, "utf8"));
  return list === undefined ? [] : (JSON.parse(list) as readonly Link[]);
};
