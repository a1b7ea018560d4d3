-- in: $1 job uuid, $2 worker uuid, $3 fence int8
-- out: a row if the claim holds, which it then does until the transaction ends
SELECT FROM {s}.jobs WHERE id = $1 AND worker = $2 AND fence = $3 FOR UPDATE
