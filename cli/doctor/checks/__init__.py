"""The checks, each a function of the patient; `ALL` lists them in the order in which one needs them."""

from cli.doctor.checks import account, capacity, deployed, entrance, leftovers, machine, state, tools
from cli.doctor.patient import Check

ALL: tuple[Check, ...] = (
    *tools.CHECKS,
    *state.CHECKS,
    *account.CHECKS,
    *capacity.CHECKS,
    *machine.CHECKS,
    *entrance.CHECKS,
    *deployed.CHECKS,
    *leftovers.CHECKS,
)
