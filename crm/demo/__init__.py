"""The demo company: made of word lists and a seed, written by the services, dated relative to today."""
