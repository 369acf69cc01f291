"""Cases for measuring the edit engine: changes of real sources, written as models write them, whole and damaged.

Nothing here knows how the engine works; what is right follows from the change and from counting plain occurrences.
"""
