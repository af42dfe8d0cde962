"""The job domain that every handler shares: states, values, the table, the messages of the queues.

Each user of this package needs one or two of these:

- the customer's side: `store.customer_jobs.CustomerJobs`, `store.api_keys.ApiKeys`,
  `messages.render_queue.Dispatcher`, `store.dispatch_marks.DispatchMarks`
- the worker's side: `store.worker_jobs.WorkerJobs`, `store.worker_heartbeats.WorkerHeartbeats`, and the
  dispatcher with its marks
- the scaler's side: `store.fleet_workers.FleetWorkers`; its record must carry `desired`, `reason`,
  `reason_code` (a `reasons.WaitReason`) and `taken_at` at the top level, from where
  `CustomerJobs.scaler_view` reads them
- the sweeper's side: `store.overdue_jobs.OverdueJobs`
- the operator's side: `store.failed_jobs.FailedJobs`, `messages.dead_letters.decode`
- every side that fails a job: `messages.dead_letters.DeadLetters`
- stream readers: `store.attributes.decode_item`, then `store.items.job_from_item`

All take a `store.table.Table` (see `connect` there) and the time as arguments, return lost conditions as
`answers`, and raise `errors.TryAgainLater` when AWS is throttling or unreachable. Each module of theirs
declares the IAM `ACTIONS` it calls.
"""
