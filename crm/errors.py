"""What keeps a command from starting."""


class StartError(Exception):
    """Why a command can't start and what to do, in one sentence for the person at the terminal."""
