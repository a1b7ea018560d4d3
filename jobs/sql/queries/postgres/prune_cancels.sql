-- in: nothing
-- out: nothing
DELETE FROM {s}.cancels c WHERE NOT EXISTS (SELECT FROM {s}.jobs j WHERE j.id = c.job_id)
