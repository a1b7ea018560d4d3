-- in: $1 id uuid, $2 args text
-- out: whether a job has them now bool
WITH waiting AS (
    UPDATE {s}.jobs SET args = $2,
        stage = CASE WHEN blocked_on = 2 THEN 0 ELSE stage END,
        blocked_until = CASE WHEN blocked_on = 2 THEN NULL ELSE blocked_until END,
        blocked_on = CASE WHEN blocked_on = 2 THEN NULL ELSE blocked_on END
    WHERE id = $1 AND worker IS NULL
    RETURNING 1
), dead AS (
    UPDATE {s}.history SET args = $2 WHERE id = $1 AND state = 2 AND NOT EXISTS (SELECT FROM {s}.jobs WHERE id = $1)
    RETURNING 1
)
SELECT EXISTS (SELECT FROM waiting UNION ALL SELECT FROM dead)
