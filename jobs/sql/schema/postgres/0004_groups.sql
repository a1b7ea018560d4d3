-- Jobs that are awaited together. A job that is in no group pays two NULL columns.

ALTER TABLE {s}.jobs
    -- The group that counts it, and its place there; NULL in a batch, which keeps no list of its members.
    ADD COLUMN member_of uuid,
    ADD COLUMN member_pos int,
    DROP CONSTRAINT jobs_blocked_on_check,
    -- 6: what comes before it in its chain
    ADD CONSTRAINT jobs_blocked_on_check CHECK (blocked_on BETWEEN 1 AND 6);
CREATE INDEX jobs_members ON {s}.jobs (member_of) WHERE member_of IS NOT NULL;
ALTER TABLE {s}.history ADD COLUMN member_of uuid, ADD COLUMN member_pos int;
CREATE INDEX history_members ON {s}.history (member_of) WHERE member_of IS NOT NULL;

-- kind: 1 batch, 2 chain, 3 stage of a chain, 4 children of a flow.
CREATE TABLE {s}.groups (
    id uuid PRIMARY KEY,
    -- The group that counts this one; for children the flow's job.
    parent uuid,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    -- Which stage of its chain it is.
    place int,
    total int NOT NULL,
    open int NOT NULL,
    succeeded int NOT NULL DEFAULT 0,
    discarded int NOT NULL DEFAULT 0,
    dead int NOT NULL DEFAULT 0,
    cancelled int NOT NULL DEFAULT 0,
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
    -- As what its parent counts it: a state of history; NULL while it is open.
    counted smallint,
    -- Bits: 1 begun, 2 first death seen, 4 first complete, 8 all ended well, 16 given up or cancelled.
    passed smallint NOT NULL DEFAULT 0,
    -- Its output is a list, also of one.
    listed boolean NOT NULL DEFAULT false,
    name text,
    -- JSON: the jobs of a batch's turning points, as they will be inserted.
    callbacks text
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX groups_parent ON {s}.groups (parent, place) WHERE parent IS NOT NULL;
CREATE INDEX groups_ended ON {s}.groups (ended_at) WHERE ended_at IS NOT NULL;

-- Members whose outputs somebody awaits, and jobs that stand in a group for one whose unique key they held.
CREATE TABLE {s}.members (
    group_id uuid NOT NULL,
    job uuid NOT NULL,
    place int NOT NULL,
    -- As in history; NULL while it has not ended.
    state smallint,
    -- False for a job that was there before and belongs to somebody else.
    own boolean NOT NULL,
    -- The argument (as JSON) that the output of the stage before fills.
    input text,
    output text,
    PRIMARY KEY (group_id, place)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX members_job ON {s}.members (job);
