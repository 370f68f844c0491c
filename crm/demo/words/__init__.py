"""The words that the demo company is made of: our own lists, in the languages of its clients."""

from crm.demo.words import english, french, others, russian
from crm.demo.words.tongue import Notes, Person, Place, Tongue

TONGUES: tuple[tuple[Tongue, int], ...] = (
    (french.TONGUE, 40),
    (english.TONGUE, 27),
    (russian.TONGUE, 24),
    (others.GERMAN, 4),
    (others.POLISH, 2),
    (others.GREEK, 2),
    (others.JAPANESE, 1),
)
"""Languages with their share of the clients, in percent."""

__all__ = ["TONGUES", "Notes", "Person", "Place", "Tongue"]
