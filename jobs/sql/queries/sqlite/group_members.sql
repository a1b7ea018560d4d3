-- in: 1 groups (JSON array of hex), 2 at most of each
-- out: group_id, place, job
-- Each branch reads so many of each group and no more: a batch may have a million members.
SELECT group_id, place, job FROM (
    SELECT group_id, place, job, row_number() OVER (PARTITION BY group_id ORDER BY place, job) AS n FROM (
        SELECT m.group_id, m.place, m.job
          FROM json_each(?1) AS e CROSS JOIN {p}members AS m ON m.group_id = unhex(e.value)
         WHERE m.place IN (SELECT place FROM {p}members WHERE group_id = unhex(e.value) ORDER BY place LIMIT ?2)
        UNION ALL
        SELECT j.member_of, NULL, j.id
          FROM json_each(?1) AS e CROSS JOIN {p}jobs AS j
         WHERE j.seq IN (SELECT seq FROM {p}jobs WHERE member_of = unhex(e.value) AND member_pos IS NULL LIMIT ?2)
        UNION ALL
        SELECT h.member_of, NULL, h.id
          FROM json_each(?1) AS e CROSS JOIN {p}history AS h
         WHERE h.rowid IN (SELECT rowid FROM {p}history WHERE member_of = unhex(e.value) AND member_pos IS NULL LIMIT ?2)))
 WHERE n <= ?2
 ORDER BY group_id, n
