"""Expressions of Brian2 objects as numbers: resolved by Brian2, evaluated by SymPy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.errors import ToolError
from bitcortex.network.interchange.report import Refusal

Values = NDArray[np.float64]
Namespace = Mapping[str, Any]


def brian2() -> Any:
    """Return the module.

    Raises
    ------
    ToolError
        If it is not installed, or does not import; the message says what to do.
    """
    try:
        import brian2
    except ModuleNotFoundError as error:
        raise ToolError(
            f"networks of Brian2 need {error.name}, which is not installed. "
            "Try: pip install 'bitcortex[brian2]'"
        ) from error
    except (ImportError, AttributeError) as error:  # 2.9 with NumPy 2.4
        raise ToolError(
            f"Brian2 is installed but does not import: {error}. Brian2 2.9, the last for Python "
            "3.11, needs numpy < 2.4. Try: pip install 'bitcortex[brian2]'"
        ) from error
    return brian2


def parse(text: str) -> Any:
    """Return an expression as Brian2's parser and SymPy see it."""
    from brian2.parsing.sympytools import str_to_sympy

    return str_to_sympy(text)


def symbol(expression: Any, name: str) -> Any:
    """Return the symbol of that name, as it occurs in the expression."""
    for found in expression.free_symbols:
        if found.name == name:
            return found
    import sympy

    return sympy.Symbol(name, real=True)


def linear(expression: Any, name: str) -> tuple[Any, Any]:
    """Return a and b of ``expression = a * name + b``, both without `name`.

    Raises
    ------
    Refusal
        If the expression is not linear.
    """
    import sympy

    v = symbol(expression, name)
    slope = sympy.simplify(sympy.diff(expression, v))
    if v in slope.free_symbols:
        raise Refusal(f"it is not linear in {name}", "Leaky integrate-and-fire neurons only")
    return slope, expression.subs(v, 0)


def statement(code: str) -> tuple[str, str, Any]:
    """Return variable, operation and parsed expression of code that is one statement.

    Raises
    ------
    Refusal
        If there is more than one statement, or none.
    """
    from brian2.parsing.statements import parse_statement

    lines = [line.split("#")[0].strip() for line in code.replace(";", "\n").splitlines()]
    found = [line for line in lines if line]
    if len(found) != 1:
        raise Refusal(f"it has {len(found)} statements", "Write one")
    try:
        name, operation, text, _ = parse_statement(found[0])
    except ValueError:
        raise Refusal("it is no assignment", "Write one statement") from None
    return name, operation, parse(text)


def evaluate(group: Any, expression: Any, namespace: Namespace) -> Values:
    """Return the values of an expression of constants, in SI units: a scalar, or one per element.

    Raises
    ------
    Refusal
        If it depends on something that changes, is random, or is not known.
    """
    import sympy
    from brian2.core.functions import Function
    from brian2.core.variables import Constant, Subexpression
    from sympy.core.function import AppliedUndef

    expression = sympy.sympify(expression)
    calls = sorted({call.func.__name__ for call in expression.atoms(AppliedUndef)})
    if calls:
        raise Refusal(
            f"{', '.join(calls)}() may give another value at every step",
            "Use constants; random input is PoissonInput or PoissonGroup",
        )
    names = sorted(s.name for s in expression.free_symbols)
    try:
        known = group.resolve_all(names, namespace)
    except KeyError as error:
        raise Refusal(str(error.args[0]).rstrip("."), "Give namespace= to from_brian2()") from None
    parameters = set(getattr(group.equations, "parameter_names", ()))
    values: list[Any] = []
    for name in names:
        variable = known[name]
        if isinstance(variable, Function):
            raise Refusal(f"{name} is a function", "Use constants")
        if isinstance(variable, Constant):
            values.append(np.float64(variable.value))
            continue
        linked = name in parameters and "linked" in group.equations[name].flags
        constant = name in parameters or name in ("i", "dt")
        if isinstance(variable, Subexpression) or linked or not constant:
            raise Refusal(f"{name} changes in time or belongs to others", "Use parameters")
        got = np.asarray(variable.get_value(), dtype=np.float64)
        values.append(got.ravel()[0] if got.size == 1 else got)
    function = sympy.lambdify([symbol(expression, n) for n in names], expression, "numpy")
    found = np.asarray(function(*values), dtype=np.float64)
    if not np.isfinite(found).all():
        raise Refusal("it is not a finite number", "Give it a value before from_brian2()")
    return found


def millivolts(variable: Any) -> float:
    """Return the millivolts that 1 in the variable's unit is; 1 mV if it has none."""
    from brian2.units import volt
    from brian2.units.fundamentalunits import DIMENSIONLESS, have_same_dimensions

    if variable.dim is DIMENSIONLESS:
        return 1.0
    if have_same_dimensions(variable.dim, volt.dim):
        return 1e3
    raise Refusal(f"{variable.name} is neither a voltage nor a number", "Give it the unit volt")
