"""The pure middle: values and functions. Imports the standard library and numpy, nothing that does I/O."""
