import { type ReactNode, useMemo } from "react";

import { PlanView } from "~/plan/PlanView";
import { readPlan } from "~/plan/readPlan";
import { copyToClipboard } from "./clipboard";

/** A plan from its text; what stands in for it when the text is none. */
export function PlanResult({ text, fallback }: { text: string; fallback: ReactNode }) {
  const plan = useMemo(() => readPlan(text), [text]);
  if (!plan) return fallback;
  return <PlanView plan={plan} text={text} onCopy={(copied) => void copyToClipboard(copied, "Copied")} />;
}
