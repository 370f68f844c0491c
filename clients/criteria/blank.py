"""When text says nothing. One set of characters, stripped alike by Python (`str.strip`) and PostgreSQL (`btrim`)."""

SPACES = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f"
    "\u2028\u2029\u202f\u205f\u2060\u2061\u2062\u2063\u2064\u2800\u3000\u3164\ufeff\uffa0"
)
"""White space and characters that show nothing; "\u200b" in a required field would step around the rule unseen."""

STAND_INS = "-‐‑‒–—―−_.,…?*/\\|'\"`´#~=:;·•"
"""What people type to get past a required field: "-", "...", "???"."""

NOTHING = SPACES + STAND_INS


def says_nothing(text: str) -> bool:
    """Return whether `text` consists of spaces and stand-ins only."""
    return not text.strip(NOTHING)
