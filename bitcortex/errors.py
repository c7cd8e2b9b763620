"""Errors that the command line prints without a traceback."""


class UserError(Exception):
    """A mistake of the user that is neither a wrong type nor a wrong value, a corrupt file say."""


class ToolError(RuntimeError):
    """An external tool is missing or failed; the message says what to do."""
