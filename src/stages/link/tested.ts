/** What the names and folders of a data test are made of: the node that it judges. */
import type { DeclaredRelation, DeclaredSource } from "./declare.ts";
import type { Tested } from "./generic-tests.ts";

export const testedNode = ({ id, name, from, properties }: DeclaredRelation): Tested => ({
  id,
  name,
  isSource: false,
  folders: properties?.folders ?? from.folders,
});

export const testedSource = ({ id, from }: DeclaredSource): Tested => ({
  id,
  name: `${from.source.value}_${from.table.value}`,
  isSource: true,
  folders: from.folders,
});
