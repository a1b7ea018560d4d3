-- in: $1 group uuid
-- out: the chain that it is a stage of uuid
SELECT parent FROM {s}.groups WHERE id = $1 AND kind = 3
