"""The parts of train_story_model.py: corpus, tokenizer, model, training, evaluation, export."""
