/** The form of the question "which node is meant?", for templates and property files alike. */
import type { Outcome } from "../../domain/diagnostic.ts";
import type { NodeId } from "../../domain/names.ts";
import type { ReferenceRequest } from "../../domain/rendered.ts";
import type { Span } from "../../domain/source.ts";

export type Resolve = (request: ReferenceRequest, at: Span) => Outcome<NodeId>;
