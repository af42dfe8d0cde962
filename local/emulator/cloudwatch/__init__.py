"""CloudWatch in the emulated AWS: samples, statistics, metric math, and alarms that are judged."""
