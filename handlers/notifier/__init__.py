"""The notifier: tells customers by signed webhook how their renders ended, until somebody listens."""
