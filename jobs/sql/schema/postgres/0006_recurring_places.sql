-- Where a task's jobs go, if it says so itself; else their own queue and priority.
ALTER TABLE {s}.recurring
    ADD COLUMN queue text,
    ADD COLUMN priority int2;
