-- in: 1 rows (JSON array of [group as hex, place or NULL for the next one, job as hex, own, input])
-- out: nothing
INSERT INTO {p}members (group_id, place, job, own, input)
SELECT unhex(value ->> '$[0]'),
       coalesce(value ->> '$[1]',
           (SELECT coalesce(max(m.place), -1) FROM {p}members AS m WHERE m.group_id = unhex(value ->> '$[0]'))
           + row_number() OVER (PARTITION BY value ->> '$[0]' ORDER BY key)),
       unhex(value ->> '$[2]'), value ->> '$[3]', value ->> '$[4]'
  FROM json_each(?1)
 WHERE true
ON CONFLICT (group_id, place) DO NOTHING
