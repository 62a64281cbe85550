/** The folder of the package, which is found from src/ and from whatever file of dist/ this ends up in. */
import { existsSync } from "node:fs";

const above = (folder: URL): URL =>
  existsSync(new URL("package.json", folder)) ? folder : above(new URL("..", folder));

export const PACKAGE_ROOT: URL = above(new URL(".", import.meta.url));
