"""Lambda on this machine: functions as processes, fed by streams, queues and schedules."""
