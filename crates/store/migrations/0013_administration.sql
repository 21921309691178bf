-- The claims of the last sign-in may also make somebody a viewer. An older program makes accounts without.

alter table accounts add column viewer_by_claims bigint;
