"""Stage personas: each segment is profiled, named and described from measured claims."""
