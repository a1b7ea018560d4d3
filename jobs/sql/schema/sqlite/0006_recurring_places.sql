-- Where a task's jobs go, if it says so itself; else their own queue and priority.
ALTER TABLE {p}recurring ADD COLUMN queue TEXT;
ALTER TABLE {p}recurring ADD COLUMN priority INTEGER;
