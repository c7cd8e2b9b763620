"""Errors that the command line prints without a traceback."""


class UserError(Exception):
    """A mistake of the user that is neither a wrong type nor a wrong value, a corrupt file say."""


class ToolError(RuntimeError):
    """An external tool is missing or failed; the message says what to do."""


class LinkError(UserError):
    """A board cannot be reached, or did not answer in time."""


class BusError(LinkError):
    """A board refused a request: nothing is wrong with the link."""


class RestartError(LinkError):
    """A board was restarted, or taken over, since its session began: what it held is lost."""


class BundleError(UserError):
    """A bundle is damaged, incomplete, or not for this board or network."""


class BoardError(UserError):
    """A board is not what its bundle says, or did what it must not; the message says what to do."""
