import { textOf, type Facts } from "./planNode";

const OPERATIONS: Readonly<Record<string, readonly [string, string]>> = {
  "Nested Loop": ["Nested Loop", " Join"],
  "Merge Join": ["Merge", " Join"],
  "Hash Join": ["Hash", " Join"],
};

/** A node's kind as text plans say it. The JSON format spreads it over several fields. */
export function titleOf(facts: Facts): string {
  const kind = textOf(facts, "Node Type") ?? "Unknown";
  const words = [
    facts["Parallel Aware"] === true ? "Parallel" : "",
    facts["Async Capable"] === true ? "Async" : "",
    partial(facts),
    kindOf(kind, facts),
  ];
  return words.filter((word) => word !== "").join(" ");
}

function kindOf(kind: string, facts: Facts): string {
  switch (kind) {
    case "Aggregate":
      return aggregate(textOf(facts, "Strategy"));
    case "ModifyTable":
      return textOf(facts, "Operation") ?? kind;
    case "SetOp": {
      const hashed = textOf(facts, "Strategy") === "Hashed" ? "HashSetOp" : kind;
      return [hashed, textOf(facts, "Command")].filter((word) => word !== null).join(" ");
    }
    case "Index Scan":
    case "Index Only Scan":
      return textOf(facts, "Scan Direction") === "Backward" ? `${kind} Backward` : kind;
    case "Foreign Scan": {
      const operation = textOf(facts, "Operation");
      return operation === null || operation === "Select" ? kind : `Foreign ${operation}`;
    }
    default:
      return join(kind, facts);
  }
}

function join(kind: string, facts: Facts): string {
  const type = textOf(facts, "Join Type");
  const parts = OPERATIONS[kind];
  if (!parts || type === null || type === "Inner") return kind;
  return `${parts[0]} ${type}${parts[1]}`;
}

function aggregate(strategy: string | null): string {
  switch (strategy) {
    case "Hashed":
      return "HashAggregate";
    case "Sorted":
      return "GroupAggregate";
    case "Mixed":
      return "MixedAggregate";
    default:
      return "Aggregate";
  }
}

function partial(facts: Facts): string {
  const mode = textOf(facts, "Partial Mode");
  return mode === null || mode === "Simple" ? "" : mode;
}
