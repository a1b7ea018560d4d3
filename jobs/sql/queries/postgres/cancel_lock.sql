-- in: $1 id uuid
-- out: whether it runs bool, keys text, member_of uuid, member_pos int4; no row if it is not in the hot table
SELECT worker IS NOT NULL, keys, member_of, member_pos FROM {s}.jobs WHERE id = $1 FOR UPDATE
