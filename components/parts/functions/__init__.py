"""What every Lambda function of the program consists of: role, logs, schedule, stream mapping."""
