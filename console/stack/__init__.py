"""What is deployed, as data: `chalice package` turns app.py into functions and rules, and merges these around them."""

from console.stack.functions import FUNCTIONS, ROUTES, Function, Trigger, chalice_config
from console.stack.parameters import ENVIRONMENT, PARAMETERS
from console.stack.policies import policy
from console.stack.template import STAGES, merged

__all__ = [
    "ENVIRONMENT",
    "FUNCTIONS",
    "PARAMETERS",
    "ROUTES",
    "STAGES",
    "Function",
    "Trigger",
    "chalice_config",
    "merged",
    "policy",
]
