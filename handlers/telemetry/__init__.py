"""What is measured and logged: one catalogue that writers, graphs, alarms and pages agree on."""
