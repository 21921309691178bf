-- What protected the way to a place when a password for it was saved: it is not sent on a way with less. An older program
-- writes none, and cannot open a secret that was sealed with one.

alter table saved_secrets add column guard text;
