-- in: 1 job or group
-- out: the group to begin with: the group itself, or the one that counts the job
SELECT coalesce((SELECT id FROM {p}groups WHERE id = ?1),
                (SELECT member_of FROM {p}jobs WHERE id = ?1),
                (SELECT member_of FROM {p}history WHERE id = ?1))
