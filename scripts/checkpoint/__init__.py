"""The parts of make_checkpoint.py: shapes of published models, random weights, the file format, a tokenizer."""
