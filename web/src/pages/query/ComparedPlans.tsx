import { useMemo } from "react";

import { PlanCompare } from "~/plan/PlanCompare";
import { readPlan } from "~/plan/readPlan";
import styles from "./ComparedPlans.module.css";

interface ComparedPlansProps {
  left: string;
  right: string;
  names: readonly [left: string, right: string];
}

/** Two plans from their texts, side by side. */
export function ComparedPlans({ left, right, names }: ComparedPlansProps) {
  const plans = useMemo(() => ({ left: readPlan(left), right: readPlan(right) }), [left, right]);
  if (!plans.left || !plans.right) {
    return <p className={styles.nothing}>One of the two is no plan that can be read.</p>;
  }
  return <PlanCompare left={plans.left} right={plans.right} names={names} />;
}
