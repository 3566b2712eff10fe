class RecipeError(Exception):
    """What a person can mend, in one sentence."""
