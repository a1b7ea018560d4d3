-- in: $1 job or group uuid
-- out: the group to begin with uuid: the group itself, or the one that counts the job
SELECT coalesce((SELECT id FROM {s}.groups WHERE id = $1),
    (SELECT member_of FROM {s}.jobs WHERE id = $1),
    (SELECT member_of FROM {s}.history WHERE id = $1 ORDER BY finished_at DESC LIMIT 1))
