-- in: 1 rows (JSON array of [job id as hex, kind, queue, error_type, message, search, error, keys]), 2 now
-- out: nothing
INSERT INTO {p}dead_letters (job_id, kind, queue, error_type, message, search, error, died_at, keys)
SELECT unhex(value ->> '$[0]'), value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]',
       value ->> '$[6]', ?2, value ->> '$[7]'
  FROM json_each(?1)
