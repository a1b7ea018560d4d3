-- in: 1 rows (JSON array of [id as hex, kind, parent as hex, place, name, listed, members, passed, callbacks]), 2 now
-- out: nothing
INSERT INTO {p}groups (id, kind, parent, place, name, listed, total, open, passed, callbacks, created_at)
SELECT unhex(value ->> '$[0]'), value ->> '$[1]', unhex(value ->> '$[2]'), value ->> '$[3]', value ->> '$[4]',
       value ->> '$[5]', value ->> '$[6]', value ->> '$[6]', value ->> '$[7]', value ->> '$[8]', ?2
  FROM json_each(?1)
 WHERE true
ON CONFLICT (id) DO NOTHING
