-- in: 1 numbers (JSON array), 2 now, 3 resolution
-- out: number, job_id, keys, member_of, member_pos
UPDATE {p}dead_letters
   SET resolved_at = ?2, resolution = ?3
 WHERE number IN (SELECT value FROM json_each(?1)) AND resolved_at IS NULL
   AND EXISTS (SELECT 1 FROM {p}history AS h WHERE h.id = job_id AND h.state = 3)
RETURNING number, job_id, keys,
          (SELECT h.member_of FROM {p}history AS h WHERE h.id = job_id),
          (SELECT h.member_pos FROM {p}history AS h WHERE h.id = job_id)
