/** A project's root in, the places of its embedded database out. */
import { resolve } from "node:path";

export type Layout = {
  readonly root: string;
  /** `.galley`, 0700. */
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  /** Links to the libraries, where node_modules cannot be written. */
  readonly lib: string;
  /** Password of the owner role, and of the superuser: 0600 files inside the data folder. */
  readonly password: string;
  readonly adminPassword: string;
};

export const layoutOf = (projectRoot: string): Layout => {
  const root = resolve(projectRoot);
  const folder = `${root}/.galley`;
  const data = `${folder}/data`;
  return {
    root,
    folder,
    data,
    log: `${folder}/server.log`,
    lib: `${folder}/lib`,
    password: `${data}/galley.password`,
    adminPassword: `${data}/galley.admin`,
  };
};

/** Names a data folder whatever its path is today: a copy has another, a moved one keeps its own. */
export const identityOf = (facts: { readonly dev: number | bigint; readonly ino: number | bigint }): string =>
  `${facts.dev}:${facts.ino}`;
