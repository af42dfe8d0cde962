"""One rule per file, named like its id.

To add a rule, write its file here with `RULE`, add its id to `RULE_IDS` of guardrails/catalogue.py and its
level to policy/levels/{local,dev,prod}.json, put cases into the file of its service in
tests/policy/guardrails/rules, and run `make policy-page` for docs/policies. A remedy goes into `MARKED` of
tests/policy/guardrails/test_remedies.py, and the proof of a reference to another scanner into
tests/policy/guardrails/test_references.py. tests/policy/guardrails/test_catalogue.py holds these together;
docs/how-to/add-a-policy.md has the details.
"""
