"""The independent Python reference of TEMPO; scripts/reference.py is the entry."""
