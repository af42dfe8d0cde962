"""The Pulumi components: settings in, AWS resources out."""
