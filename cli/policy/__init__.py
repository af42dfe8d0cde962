"""Judging a program or a deployed stack by the policy pack, and reporting what was found."""
