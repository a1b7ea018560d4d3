-- Jobs that are awaited together. A job that is in no group pays two NULL columns.

-- The group that counts it, and its place there; NULL in a batch, which keeps no list of its members.
ALTER TABLE {p}jobs ADD COLUMN member_of BLOB;
ALTER TABLE {p}jobs ADD COLUMN member_pos INTEGER;
CREATE INDEX {p}jobs_members ON {p}jobs (member_of) WHERE member_of IS NOT NULL;
ALTER TABLE {p}history ADD COLUMN member_of BLOB;
ALTER TABLE {p}history ADD COLUMN member_pos INTEGER;
CREATE INDEX {p}history_members ON {p}history (member_of) WHERE member_of IS NOT NULL;

-- kind: 1 batch, 2 chain, 3 stage of a chain, 4 children of a flow.
CREATE TABLE {p}groups (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
    -- The group that counts this one; for children the flow's job.
    parent BLOB,
    -- Which stage of its chain it is.
    place INTEGER,
    name TEXT,
    -- Its output is a list, also of one.
    listed INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL,
    open INTEGER NOT NULL,
    succeeded INTEGER NOT NULL DEFAULT 0,
    discarded INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    -- As what its parent counts it: a state of history; NULL while it is open.
    counted INTEGER,
    -- Bits: 1 begun, 2 first death seen, 4 first complete, 8 all ended well, 16 given up or cancelled.
    passed INTEGER NOT NULL DEFAULT 0,
    -- JSON: the jobs of a batch's turning points, as they will be inserted.
    callbacks TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX {p}groups_parent ON {p}groups (parent, place) WHERE parent IS NOT NULL;
CREATE INDEX {p}groups_ended ON {p}groups (ended_at) WHERE ended_at IS NOT NULL;

-- Members whose outputs somebody awaits, and jobs that stand in a group for one whose unique key they held.
CREATE TABLE {p}members (
    group_id BLOB NOT NULL,
    place INTEGER NOT NULL,
    job BLOB NOT NULL,
    -- 0 for a job that was there before and belongs to somebody else.
    own INTEGER NOT NULL,
    -- The argument (as JSON) that the output of the stage before fills.
    input TEXT,
    -- As in history; NULL while it has not ended.
    state INTEGER,
    output TEXT,
    PRIMARY KEY (group_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX {p}members_job ON {p}members (job);
