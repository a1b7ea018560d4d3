-- in: 1 groups (JSON array of hex), 2 at most of each
-- out: group_id, place, job
SELECT group_id, place, job FROM (
    SELECT group_id, place, job, row_number() OVER (PARTITION BY group_id ORDER BY place, job) AS n FROM (
        SELECT m.group_id, m.place, m.job
          FROM json_each(?1) AS e CROSS JOIN {p}members AS m ON m.group_id = unhex(e.value)
        UNION ALL
        SELECT j.member_of, NULL, j.id
          FROM json_each(?1) AS e CROSS JOIN {p}jobs AS j ON j.member_of = unhex(e.value) AND j.member_pos IS NULL
        UNION ALL
        SELECT h.member_of, NULL, h.id
          FROM json_each(?1) AS e CROSS JOIN {p}history AS h ON h.member_of = unhex(e.value) AND h.member_pos IS NULL))
 WHERE n <= ?2
 ORDER BY group_id, n
