"""Runs the command as `python -m service.cli`, wherever the interpreter's scripts are."""

from service.cli import main

main(prog_name="standfirst")
