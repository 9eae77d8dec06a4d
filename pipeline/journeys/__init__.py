"""Stage journeys: events become spells, and spells become curves, transitions and funnels."""
