"""The config file: what the command line's user wants where a command says nothing."""
