"""The `aws` provider of the local stack: Pulumi's provider protocol over the emulated AWS."""
