"""The recipe that trains the bundled network. README.md tells how to run it."""
