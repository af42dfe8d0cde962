"""The job domain that every handler shares: states, values, the table, the render queue's message.

Whoever you are, you need one or two of these:

- customer's side: `job_table.CustomerJobs`, `api_keys.ApiKeys`, `dispatch.Dispatcher`,
  `dispatch_marks.DispatchMarks`
- worker's side: `claim_table.WorkerJobs`, `worker_record.WorkerHeartbeats`, `dispatch`, `dispatch_marks`
- scaler's side: `workers.FleetWorkers`, `fleet_jobs.FleetJobs`; its record must carry `desired`, `reason`,
  `reason_code` (a `reasons.WaitReason`) and `taken_at` at the top level, from where
  `job_table.CustomerJobs.scaler_view` reads them
- sweeper's side: `housekeeping.OverdueJobs`
- operator's side: `redrive.FailedJobs`, `dead_letters.decode`
- whoever ends a job as failed: `dead_letters.DeadLetters`
- stream readers: `attributes.decode_item`, then `items.job_from_item`

All take a `table.Table` (see `table.connect`), take the time as an argument, return lost conditions as
`verdicts` and raise `errors.TryAgainLater` when AWS is throttling or unreachable. Each module of theirs
declares the IAM `ACTIONS` it calls.
"""
