"""The notifier: sends signed webhooks about renders that have ended, and retries them."""
