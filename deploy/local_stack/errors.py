"""What went wrong while starting or stopping, in words for the person who ran the command."""


class StackError(Exception):
    """Something could not be started or stopped. The message says what, where, and what to do."""
